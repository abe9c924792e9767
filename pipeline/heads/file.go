package heads

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
	"fc7/internal/usage"
	"fc7/vgg/weights"
)

// headFile is the name of a head in its folder: safetensors with the tensors weight [K,D] and bias [K], and all that is
// needed to apply them as JSON in the metadata.
const headFile = "head.safetensors"

const metaHead = "fc7.head"

// Saved is a head with the tables it was trained on, one a part of its descriptor.
type Saved struct {
	*protocol.Head
	tables []Table
	files  fileDigests // of labels and splits
}

// headMeta is the JSON of the metadata.
type headMeta struct {
	Head   protocol.Head `json:"head"` // without its numbers
	Tables []Table       `json:"tables"`
	fileDigests
}

// recipes returns the recipe of each of h.Tables.
func (h *Saved) recipes() []protocol.Recipe {
	if len(h.Recipe.Parts) > 0 {
		return h.Recipe.Parts
	}
	return []protocol.Recipe{h.Recipe}
}

func saveHead(path string, h *protocol.Head, tables []Table, files fileDigests) error {
	bare := *h
	bare.Weights, bare.Bias = nil, nil
	meta, err := json.Marshal(headMeta{bare, tables, files})
	if err != nil {
		return err
	}
	k, d := len(h.Weights), len(h.Weights[0])
	w, b := make([]float32, 0, k*d), make([]float32, k)
	for i, row := range h.Weights {
		for _, v := range row {
			w = append(w, float32(v))
		}
		b[i] = float32(h.Bias[i])
	}
	return weights.WriteSafetensors(path, []weights.Source{
		weights.SliceSource("weight", []int{k, d}, w), weights.SliceSource("bias", []int{k}, b),
	}, weights.SafetensorsOptions{Metadata: map[string]string{metaHead: string(meta)}})
}

// load reads the head in a folder that Train wrote, or the file itself.
func load(path string) (*Saved, error) {
	if err := atomicfile.Restore(path); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		within := filepath.Join(path, headFile)
		if _, err := os.Stat(within); errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Stat(filepath.Join(path, Folder, headFile)); err == nil {
				return nil, fmt.Errorf("%s holds no head itself: those of this run are in %s", path, filepath.Join(path, Folder))
			}
			if net := filepath.Join(path, trainedNet); isFile(net) {
				return nil, noHead(net)
			}
		}
		path = within
	}
	if err := checkHead(path); err != nil {
		return nil, err
	}
	f, err := weights.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a head: %w", err)
	}
	defer f.Close()
	text, ok := f.Metadata[metaHead]
	if !ok {
		return nil, noHead(path)
	}
	h, err := parseHead(text)
	if err != nil {
		return nil, fmt.Errorf("%s: metadata %s: %w", path, metaHead, err)
	}
	if err := h.readNumbers(f); err != nil {
		return nil, err
	}
	if err := h.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// trainedNet is what fc7 train and finetune leave in their folder.
const trainedNet = "weights.safetensors"

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// noHead is the error of a file that is none: often a whole net.
func noHead(path string) error {
	return fmt.Errorf("%s is no head of fc7 svm (no metadata %s). If it is a net, as fc7 train and finetune make, fc7 classify applies it, without evidence; "+
		"heads on its descriptors, which have evidence, come from fc7 extract --weights %s and then fc7 svm", path, metaHead, path)
}

// parseHead reads a head without its numbers.
func parseHead(text string) (*Saved, error) {
	var meta headMeta
	if err := readjson.Text([]byte(text), &meta); err != nil {
		return nil, err
	}
	h := &Saved{Head: &meta.Head, tables: meta.Tables, files: meta.fileDigests}
	if n := len(h.recipes()); len(h.tables) != n {
		return nil, fmt.Errorf("%d tables for a descriptor of %d parts", len(h.tables), n)
	}
	return h, nil
}

func (h *Saved) readNumbers(f *weights.File) error {
	r, err := h.Recipe.Complete()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, usage.InFile(err))
	}
	k, d := len(h.Classes), r.Width()
	w, err := readTensor(f, "weight", k, d)
	if err != nil {
		return err
	}
	b, err := readTensor(f, "bias", k)
	if err != nil {
		return err
	}
	for i := range k {
		row := make([]float64, d)
		for j := range row {
			row[j] = float64(w[i*d+j])
		}
		h.Weights, h.Bias = append(h.Weights, row), append(h.Bias, float64(b[i]))
	}
	return nil
}

func readTensor(f *weights.File, name string, shape ...int) ([]float32, error) {
	t, err := f.Expect(name, shape...)
	if err != nil {
		return nil, err
	}
	return t.ReadFinite()
}
