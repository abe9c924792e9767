package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/machine"
	"fc7/internal/readjson"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// place is where a training stands; with the net's parameters and momenta it is all that going on needs.
type place struct {
	Stage    int      `json:"stage"` // from 0
	Epoch    int      `json:"epoch"` // of the stage, from 0
	At       int      `json:"at"`    // images of the epoch that are done
	Steps    int      `json:"steps"` // of the stage's net
	Schedule progress `json:"schedule"`
	Best     *mark    `json:"best_net,omitempty"` // of the nets that compare with the stage's; nil: none was validated
	First    float64  `json:"first,omitempty"`    // loss of the stage's first step
	Sums     sums     `json:"sums"`               // of the epoch so far
	Colours  colours  `json:"colours"`
	Total    int      `json:"total"` // steps of all stages
	// Square is the mean square norm of a fine-tuned net's inputs of its new last layer, before the first step.
	Square float64 `json:"square,omitempty"`
	// Boxes is what boxes are measured by, once it is settled.
	Boxes *boxUnits `json:"boxes,omitempty"`
	// Failed are the images that could not be read so far, and why: each is told once.
	Failed map[string]string `json:"failed,omitempty"`
	// Weights is the SHA-256 of the best net's file; empty: there is none yet.
	Weights string `json:"weights,omitempty"`
}

// mark is how good a net was on the validation images.
type mark struct {
	Failure float64 `json:"failure"` // see trainlog.Epoch
	Loss    float64 `json:"loss"`
}

// beats tells whether m is the better one; where as many images are wrong, that of the lower loss.
func (m mark) beats(other *mark) bool {
	return other == nil || m.Failure < other.Failure || m.Failure == other.Failure && m.Loss < other.Loss
}

// sums add up over an epoch.
type sums struct {
	Images int     `json:"images"`
	Loss   float64 `json:"loss"` // times images
	Failed int     `json:"failed"`
	Rate   float64 `json:"rate"` // of the last step
}

const (
	metaTraining   = "fc7.training"
	momentumPrefix = "momentum/"
	checkpointDir  = "checkpoints"
	checkpointName = "step-%010d.safetensors"
	weightsName    = "weights.safetensors"
)

// writeCheckpoint writes a checkpoint and removes the oldest ones.
func writeCheckpoint(out string, n *train.Net, p place, meta map[string]string, keep int) error {
	state, err := n.State()
	if err != nil {
		return err
	}
	p.Steps = state.Steps
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	params := n.Params()
	m := map[string]string{metaTraining: string(text), metaDigest: digestTensors(params, state.Momenta)}
	for k, v := range meta {
		m[k] = v
	}
	if m[metaRun], err = trainlog.RunDigest(out); err != nil {
		return err
	}
	m[metaSeal] = digestNotes(m)
	tensors := sources(params, "")
	tensors = append(tensors, sources(state.Momenta, momentumPrefix)...)
	dir := filepath.Join(out, checkpointDir)
	path := filepath.Join(dir, fmt.Sprintf(checkpointName, p.Total))
	if err := weights.WriteSafetensors(path, tensors, weights.SafetensorsOptions{Metadata: m, Overwrite: true}); err != nil {
		return fmt.Errorf("writing a checkpoint: %w", err)
	}
	names, err := checkpoints(out)
	if err != nil {
		return err
	}
	for _, name := range names[:max(0, len(names)-keep)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("removing an old checkpoint: %w", err)
		}
	}
	return nil
}

func sources(ts []train.Tensor, prefix string) []weights.Source {
	s := make([]weights.Source, len(ts))
	for i, t := range ts {
		s[i] = weights.SliceSource(prefix+t.Name, t.Shape, t.Data)
	}
	return s
}

// checkpoints lists the names of the complete checkpoints, oldest first.
func checkpoints(out string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(out, checkpointDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Name(), checkpointName, &n); err == nil && e.Name() == fmt.Sprintf(checkpointName, n) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// lastPlace reads the newest checkpoint's place; found is false where there is none.
func lastPlace(out string) (p place, path string, found bool, err error) {
	names, err := checkpoints(out)
	if err != nil || len(names) == 0 {
		return p, "", false, err
	}
	path = filepath.Join(out, checkpointDir, names[len(names)-1])
	f, err := weights.Open(path)
	if err != nil {
		return p, path, false, machine.Advise(fmt.Errorf("reading the last checkpoint: %w", err), "remove it to go on from the one before")
	}
	defer f.Close()
	if err := checkNotes(out, f.Metadata); err != nil {
		return p, path, false, machine.Advise(fmt.Errorf("%s: %w", path, err), "remove it to go on from the one before")
	}
	if err := readjson.Text([]byte(f.Metadata[metaTraining]), &p); err != nil {
		return p, path, false, fmt.Errorf("%s: metadata %s: %w", path, metaTraining, err)
	}
	if min(p.Stage, p.Epoch, p.At, p.Steps, p.Total) < 0 {
		return p, path, false, fmt.Errorf("%s: metadata %s: expected places of 0 or more, found stage %d, epoch %d, image %d, step %d of %d", path, metaTraining, p.Stage, p.Epoch, p.At, p.Steps, p.Total)
	}
	return p, path, true, nil
}

// tensorsOf reads the tensors of a file whose names begin with prefix, which is taken off; those with a slash after it
// are others'.
func tensorsOf(f *weights.File, prefix string) ([]train.Tensor, error) {
	var ts []train.Tensor
	for _, t := range f.Tensors {
		name, ok := strings.CutPrefix(t.Name, prefix)
		if !ok || strings.Contains(name, "/") {
			continue
		}
		d := train.Tensor{Name: name, Shape: t.Shape}
		var err error
		if d.Data, err = t.ReadFinite(); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		ts = append(ts, d)
	}
	return ts, nil
}

// metadata makes a weights file one of its net.
func metadata(c vgg.Config, pre vgg.Preprocess, classes []string, origin string) (map[string]string, error) {
	names, err := vgg.EncodeClasses(classes)
	meta := map[string]string{
		vgg.MetaNet: c.Name, vgg.MetaPreprocess: pre.String(), vgg.MetaOrigin: origin, vgg.MetaClasses: names,
	}
	c.Record(meta)
	return meta, err
}
