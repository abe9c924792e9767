package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/machine"
)

// imagenetBoxes are the boxes of the localisation challenge of ILSVRC-2012: an XML file an image, in the form of VOC
// but for corners that are counted from 0, or the lists LOC_train_solution.csv and LOC_val_solution.csv. Not all images
// of train have one. What an object is of tells its image; the names in the files are not looked at.
type imagenetBoxes struct {
	from    map[string]boxesFrom // by split
	counts  boxCounts
	damaged damaged
	boxes   int            // that have a row
	bare    map[string]int // images without a box, by split
}

// boxesFrom is where the boxes of a split are from: a folder of XML files, or else a list. The zero value: nowhere.
type boxesFrom struct {
	dir    string
	name   string           // of the list
	listed map[string][]Box // of the images, by name without extension, as the list has them
}

// boxPiece is how many images' annotations are in memory at once.
const boxPiece = 4096

// addBoxes puts rows of boxes behind their images, or, unless whole, in their place.
func (s *imagenetSet) addBoxes(whole bool) error {
	b := imagenetBoxes{from: make(map[string]boxesFrom), bare: make(map[string]int)}
	images := s.set.Items
	s.set.Items = nil
	for piece := range slices.Chunk(images, boxPiece) {
		if err := s.addPiece(&b, piece, whole); err != nil {
			return fmt.Errorf("data set %s:%s: %w", s.k.Name, s.path, err)
		}
	}
	if err := b.damaged.end(); err != nil {
		return fmt.Errorf("data set %s:%s: %w", s.k.Name, s.path, err)
	}
	if b.boxes == 0 {
		return layoutError(s.k, s.path, "rows of boxes are asked for, and no image has one", "the boxes of train and val are looked for in Annotations/CLS-LOC and in LOC_train_solution.csv and LOC_val_solution.csv")
	}
	s.noteBoxes(&b)
	return nil
}

// addPiece is addBoxes for some of the images.
func (s *imagenetSet) addPiece(b *imagenetBoxes, images []Item, whole bool) error {
	read, err := b.read(s.path, images)
	if err != nil {
		return err
	}
	for i := range images {
		split, _, _ := strings.Cut(images[i].ID, "/")
		a, err := b.annotation(&read, i, &images[i], split)
		if err != nil {
			return err
		}
		if whole {
			s.set.Items = append(s.set.Items, images[i])
		}
		n := s.addObjects(images[i], a)
		if b.boxes += n; n == 0 {
			b.bare[split]++
		}
	}
	return nil
}

// addObjects appends the rows of an image's boxes, and tells how many; of a nil annotation there are none.
func (s *imagenetSet) addObjects(it Item, a *Annotation) (n int) {
	if a == nil {
		return 0
	}
	for i := range a.Objects {
		if it.Box = a.Objects[i].Box; it.Box != nil {
			it.Object = i + 1
			s.set.Items = append(s.set.Items, it)
			n++
		}
	}
	return n
}

// noteBoxes tells of images without boxes, by split, and of what is odd about boxes.
func (s *imagenetSet) noteBoxes(b *imagenetBoxes) {
	for _, split := range vocSplits {
		switch n, from := b.bare[split], b.from[split]; {
		case n == 0:
		case from.dir == "" && from.listed == nil:
			s.note(fmt.Sprintf("%s: no image has a box: there is neither Annotations/CLS-LOC/%s nor %s", split, split, solutionOf(split)))
		default:
			s.note(fmt.Sprintf("%s: %d images have no box", split, n))
		}
	}
	s.set.Notes = append(append(s.set.Notes, b.damaged.notes()...), b.counts.notes()...)
}

// solutionOf is the name of a split's list.
func solutionOf(split string) string { return "LOC_" + split + "_solution.csv" }

// find looks where the boxes of a split are, once.
func (b *imagenetBoxes) find(root, split string) error {
	if _, ok := b.from[split]; ok {
		return nil
	}
	b.from[split] = boxesFrom{}
	dirs := []string{root, filepath.Join(root, "ILSVRC"), filepath.Join(root, "..", "..")}
	if filepath.Base(root) != "CLS-LOC" { // ILSVRC/Data/CLS-LOC has its annotations in ILSVRC
		dirs = dirs[:2]
	}
	for _, dir := range dirs {
		at, err := descend(dir, "Annotations", "CLS-LOC", split)
		if err != nil {
			return err
		}
		if at != "" {
			b.from[split] = boxesFrom{dir: at}
			return nil
		}
	}
	for _, dir := range dirs {
		name := filepath.Join(dir, solutionOf(split))
		listed, err := readBoxList(name)
		switch {
		case err == nil:
			b.from[split] = boxesFrom{name: name, listed: listed}
			return nil
		case machine.Withholds(err), !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

func readBoxList(name string) (map[string][]Box, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseBoxList(name, f)
}

// parseBoxList reads lines of ImageId,PredictionString, the latter being a WordNet id and four numbers for each object:
// left, top, right and bottom, counted from 0, both corners inside.
func parseBoxList(name string, r io.Reader) (map[string][]Box, error) {
	listed := make(map[string][]Box)
	return listed, solutionLines(name, r, func(image string, objects []string) error {
		var all []Box
		for ; len(objects) > 0; objects = objects[5:] {
			var v [4]float64
			for i, text := range objects[1:5] {
				var ok bool
				if v[i], ok = pixelCoordinate(text, maxPixels); !ok {
					return fmt.Errorf("want a pixel coordinate, found %q", escape.Short(text))
				}
			}
			all = append(all, Box{XMin: v[0], YMin: v[1], XMax: v[2], YMax: v[3]})
		}
		if _, ok := listed[image]; ok {
			return fmt.Errorf("%s is listed twice", escape.Short(image))
		}
		listed[image] = all
		return nil
	})
}

// read finds where the boxes of each split are, and reads the XML files of the images.
func (b *imagenetBoxes) read(root string, images []Item) (annotations, error) {
	names := make([]string, len(images))
	for i := range images {
		split, _, _ := strings.Cut(images[i].ID, "/")
		if err := b.find(root, split); err != nil {
			return annotations{}, err
		}
		names[i] = b.file(&images[i], split)
	}
	return readAnnotations(names), nil
}

// file is the XML file of an image; "": there are none.
func (b *imagenetBoxes) file(it *Item, split string) string {
	from, name := b.from[split], bare(path.Base(it.ID))+".xml"
	switch {
	case from.dir == "":
		return ""
	case split == SplitTrain:
		return filepath.Join(from.dir, path.Base(path.Dir(it.ID)), name)
	}
	return filepath.Join(from.dir, name)
}

// annotation is what is said of the objects of image i, with their boxes as they are taken; nil: nothing.
func (b *imagenetBoxes) annotation(read *annotations, i int, it *Item, split string) (*Annotation, error) {
	from, stem := b.from[split], bare(path.Base(it.ID))
	a, err, name := read.all[i], read.errs[i], read.paths[i]
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case name == "" && from.listed[stem] != nil:
		a, name = listedAnnotation(from.listed[stem]), from.name
	case name == "":
		return nil, nil
	}
	if err == nil {
		if err = b.counts.settle(a, 0); err != nil {
			err = fmt.Errorf("%s: %s: %w", name, stem, err)
		}
	}
	if err != nil {
		a = nil
	}
	return a, b.damaged.take(err)
}

// listedAnnotation is what an XML file would say. Lists do not tell how large pictures are.
func listedAnnotation(boxes []Box) *Annotation {
	a := &Annotation{Objects: make([]Object, len(boxes))}
	for i := range boxes {
		if o, b := &a.Objects[i], &boxes[i]; b.insideOut() {
			o.turned = b.turned()
		} else {
			o.Box = b
		}
	}
	return a
}
