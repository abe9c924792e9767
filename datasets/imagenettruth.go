package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/escape"
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
	kitArchive   = kitName + ".tar.gz"
	truthName    = "ILSVRC2012_validation_ground_truth.txt"
	metaName     = "meta.mat"
	mappingName  = "map_clsloc.txt"
)

// kitFolders are where the development kit's data folder may be, below a folder that has the kit, or that it is.
var kitFolders = []string{path.Join(kitName, "data"), path.Join("devkit", "data"), path.Join("ILSVRC", "devkit", "data"), "data", "."}

// truthPlace is where a ground truth may be, and what reads it.
type truthPlace struct {
	name string
	read func(name string) (*valTruth, error)
}

// truthPlaces are those below a folder, the first ones first.
func truthPlaces() []truthPlace {
	all := []truthPlace{{solutionName, readSolution}, {path.Join("ILSVRC", solutionName), readSolution}}
	for _, name := range kitFolders {
		all = append(all, truthPlace{name, readKit})
	}
	return append(all, truthPlace{kitArchive, readKitArchive}, truthPlace{idsName, readIDs})
}

// findTruth reads the first ground truth in or beside the folders.
func findTruth(dirs ...string) (*valTruth, error) {
	for _, dir := range dirs {
		for _, c := range truthPlaces() {
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

// truthLimits bound the lists of the ground truth. A line of the CSV form has the boxes of an image.
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

// parseSolution reads lines of ImageId,PredictionString, the latter being a WordNet id and a box for each object.
func parseSolution(name string, r io.Reader) (*valTruth, error) {
	t := &valTruth{byName: make(map[string]string)}
	return t, solutionLines(name, r, func(image string, objects []string) error {
		if _, ok := t.byName[image]; ok {
			return fmt.Errorf("%s is listed twice", escape.Short(image))
		}
		t.byName[image] = objects[0]
		return nil
	})
}

// solutionLines gives the lines of such a list to take: the image, and for each object five fields.
func solutionLines(name string, r io.Reader, take func(image string, objects []string) error) error {
	return readLines(name, r, truthLimits, func(number int, text []byte) error {
		image, objects, ok := strings.Cut(strings.TrimSpace(string(text)), ",")
		if number == 1 && image == "ImageId" || image == "" && !ok {
			return nil
		}
		fields := strings.Fields(objects)
		if len(fields) == 0 || len(fields)%5 != 0 {
			return fmt.Errorf("want an image, a comma, and a WordNet id with four numbers for each object, found %q", escape.Short(string(text)))
		}
		for i := 0; i < len(fields); i += 5 {
			if !isWNID(fields[i]) || fields[i] != fields[0] {
				return fmt.Errorf("want objects of one class, found %s and %s", escape.Short(fields[0]), escape.Short(fields[i]))
			}
		}
		return take(image, fields)
	})
}

// parseIDs reads a WordNet id a line, that of image i in line i.
func parseIDs(name string, r io.Reader) (*valTruth, error) {
	t := &valTruth{}
	return t, readLines(name, r, truthLimits, func(_ int, text []byte) error {
		wnid := strings.TrimSpace(string(text))
		if !isWNID(wnid) {
			return fmt.Errorf("want a WordNet id such as n01440764, found %q", escape.Short(wnid))
		}
		t.byNumber = append(t.byNumber, wnid)
		return nil
	})
}
