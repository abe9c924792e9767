package datasets

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// valTruth are the classes of the validation images.
type valTruth struct {
	source   string
	byName   map[string]string // by the name without extension
	byNumber []string          // by the number in the official name, from 1 on
}

func (t *valTruth) size() int { return max(len(t.byName), len(t.byNumber)) }

// label returns the class of an image.
func (t *valTruth) label(name string) (string, bool) {
	if t.byName != nil {
		wnid, ok := t.byName[strings.TrimSuffix(name, path.Ext(name))]
		return wnid, ok
	}
	if n, ok := valNumber(name); ok && n >= 1 && n <= len(t.byNumber) {
		return t.byNumber[n-1], true
	}
	return "", false
}

// errNoTruth says that there is no ground truth to be read.
var errNoTruth = errors.New("found no LOC_val_solution.csv, no development kit and no imagenet_2012_validation_synset_labels.txt")

const (
	solutionName = "LOC_val_solution.csv"
	idsName      = "imagenet_2012_validation_synset_labels.txt"
	kitName      = "ILSVRC2012_devkit_t12"
	truthName    = "ILSVRC2012_validation_ground_truth.txt"
)

// findTruth reads the first ground truth in or beside the folders.
func findTruth(dirs ...string) (*valTruth, error) {
	for _, dir := range dirs {
		for _, c := range []struct {
			name string
			read func(name string) (*valTruth, error)
		}{
			{solutionName, readSolution},
			{path.Join("ILSVRC", solutionName), readSolution},
			{path.Join(kitName, "data"), readKit},
			{path.Join("devkit", "data"), readKit},
			{path.Join("ILSVRC", "devkit", "data"), readKit},
			{"data", readKit},
			{".", readKit},
			{kitName + ".tar.gz", readKitArchive},
			{idsName, readIDs},
		} {
			name := filepath.Join(dir, filepath.FromSlash(c.name))
			t, err := c.read(name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			t.source = name
			return t, nil
		}
	}
	return nil, errNoTruth
}

// truthLimits bound the lists of the ground truth. A line of the CSV form has
// the boxes of an image.
var truthLimits = lineLimits{bytes: 64 << 20, line: 64 << 10, lines: 2_000_000, what: "the ground truth of ImageNet"}

// readSolution reads LOC_val_solution.csv.
func readSolution(name string) (*valTruth, error) { return readTruth(name, parseSolution) }

// readIDs reads a list of WordNet ids.
func readIDs(name string) (*valTruth, error) { return readTruth(name, parseIDs) }

func readTruth(name string, parse func(name string, r io.Reader) (*valTruth, error)) (*valTruth, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parse(name, f)
}

// parseSolution reads lines of ImageId,PredictionString, the latter being a
// WordNet id and a box for each object.
func parseSolution(name string, r io.Reader) (*valTruth, error) {
	t := &valTruth{byName: make(map[string]string)}
	return t, readLines(name, r, truthLimits, func(number int, text []byte) error {
		image, objects, ok := strings.Cut(strings.TrimSpace(string(text)), ",")
		if number == 1 && image == "ImageId" || image == "" && !ok {
			return nil
		}
		fields := strings.Fields(objects)
		if len(fields) == 0 || len(fields)%5 != 0 {
			return fmt.Errorf("want an image, a comma, and a WordNet id with four numbers for each object, found %q", shorten(string(text)))
		}
		for i := 0; i < len(fields); i += 5 {
			if !isWNID(fields[i]) || fields[i] != fields[0] {
				return fmt.Errorf("want objects of one class, found %s and %s", shorten(fields[0]), shorten(fields[i]))
			}
		}
		if _, ok := t.byName[image]; ok {
			return fmt.Errorf("%s is listed twice", shorten(image))
		}
		t.byName[image] = fields[0]
		return nil
	})
}

// parseIDs reads a WordNet id a line, that of image i in line i.
func parseIDs(name string, r io.Reader) (*valTruth, error) {
	t := &valTruth{}
	return t, readLines(name, r, truthLimits, func(_ int, text []byte) error {
		wnid := strings.TrimSpace(string(text))
		if !isWNID(wnid) {
			return fmt.Errorf("want a WordNet id such as n01440764, found %q", shorten(wnid))
		}
		t.byNumber = append(t.byNumber, wnid)
		return nil
	})
}

// kitFiles are what is read of a development kit's data folder; nil: absent.
type kitFiles struct{ truth, meta, mapping io.Reader }

// readKit reads the data folder of an unpacked development kit.
func readKit(dir string) (*valTruth, error) {
	truth, err := os.Open(filepath.Join(dir, truthName))
	if err != nil {
		return nil, err
	}
	defer truth.Close()
	files := kitFiles{truth: truth}
	for name, to := range map[string]*io.Reader{"meta.mat": &files.meta, "map_clsloc.txt": &files.mapping} {
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		*to = f
	}
	return files.read(dir)
}

// maxKitBytes is what an unpacked kit may have; the official one has 6 MB.
const maxKitBytes = 1 << 30

// readKitArchive reads ILSVRC2012_devkit_t12.tar.gz as it was published.
func readKitArchive(name string) (*valTruth, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var files kitFiles
	tr := tar.NewReader(io.LimitReader(z, maxKitBytes))
	for {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		to := map[string]*io.Reader{truthName: &files.truth, "meta.mat": &files.meta, "map_clsloc.txt": &files.mapping}[path.Base(h.Name)]
		if to == nil || h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := readLimited(tr, maxMetaBytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, Escape(h.Name), err)
		}
		*to = strings.NewReader(string(data))
	}
	if files.truth == nil {
		return nil, fmt.Errorf("%s: has no %s: it was cut, or is another archive", name, truthName)
	}
	return files.read(name)
}

// read turns the ground truth's numbers into WordNet ids.
func (k kitFiles) read(source string) (*valTruth, error) {
	wnids, err := k.mappings(source)
	if err != nil {
		return nil, err
	}
	t := &valTruth{}
	name := filepath.Join(source, truthName)
	return t, readLines(name, k.truth, truthLimits, func(_ int, text []byte) error {
		id, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return fmt.Errorf("want an ILSVRC2012_ID, found %q", shorten(string(text)))
		}
		wnid, ok := wnids[id]
		if !ok {
			return fmt.Errorf("ILSVRC2012_ID %d is not in the development kit's synsets", id)
		}
		t.byNumber = append(t.byNumber, wnid)
		return nil
	})
}

// mappings reads which WordNet id each ILSVRC2012_ID stands for.
func (k kitFiles) mappings(source string) (map[int]string, error) {
	var synsets []devkitSynset
	var err error
	switch {
	case k.meta != nil:
		synsets, err = readMeta(k.meta)
		source = filepath.Join(source, "meta.mat")
		if err != nil {
			err = fmt.Errorf("%s: %w", source, err)
		}
	case k.mapping != nil:
		source = filepath.Join(source, "map_clsloc.txt")
		synsets, err = readMapping(source, k.mapping)
	default:
		return nil, fmt.Errorf("%s: has neither meta.mat nor map_clsloc.txt, which tell what the numbers of %s mean: "+
			"they do not follow the order of the WordNet ids; add one of them from the development kit", source, truthName)
	}
	if err != nil {
		return nil, err
	}
	wnids, ids := make(map[int]string), make(map[string]int)
	for _, s := range synsets {
		if before, ok := wnids[s.id]; ok {
			return nil, fmt.Errorf("%s: ILSVRC2012_ID %d is both %s and %s", source, s.id, before, s.wnid)
		}
		if before, ok := ids[s.wnid]; ok {
			return nil, fmt.Errorf("%s: %s has two numbers, %d and %d", source, s.wnid, before, s.id)
		}
		wnids[s.id], ids[s.wnid] = s.wnid, s.id
	}
	return wnids, nil
}

// readMapping reads map_clsloc.txt: "n02119789 1 kit_fox" a line.
func readMapping(name string, r io.Reader) ([]devkitSynset, error) {
	var all []devkitSynset
	err := readLines(name, r, truthLimits, func(_ int, text []byte) error {
		fields := strings.Fields(string(text))
		if len(fields) == 0 {
			return nil
		}
		id := 0
		var err error
		if len(fields) > 1 {
			id, err = strconv.Atoi(fields[1])
		}
		if err != nil || id < 1 || !isWNID(fields[0]) {
			return fmt.Errorf("want a WordNet id and a number, such as n02119789 1, found %q", shorten(string(text)))
		}
		all = append(all, devkitSynset{id, fields[0]})
		return nil
	})
	return all, err
}
