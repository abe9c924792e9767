package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// vocLists are the images of all splits.
type vocLists struct {
	main   string         // the folder of the lists, ImageSets/Main
	ids    []string       // by name
	splits []splitBits    // for each id: a bit for each of vocSplits
	index  map[string]int // id to its place
	have   splitBits      // which of the lists there are
}

// readVOCLists reads train.txt, val.txt, trainval.txt and test.txt in dir, those that there are.
func readVOCLists(dir string, parse func(name string, r io.Reader) ([]string, error)) (*vocLists, error) {
	l := &vocLists{main: dir, index: make(map[string]int)}
	bits := make(map[string]splitBits)
	for i, split := range vocSplits {
		path := filepath.Join(l.main, split+".txt")
		ids, err := readFile(path, parse)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l.have |= 1 << i
		for _, id := range ids {
			bits[id] |= 1 << i
		}
	}
	const train, val, trainval = 1, 2, 4
	for id, b := range bits {
		if l.have&trainval == 0 && b&(train|val) != 0 {
			bits[id] |= trainval
		}
		l.ids = append(l.ids, id)
	}
	slices.Sort(l.ids)
	for i, id := range l.ids {
		l.index[id] = i
		l.splits = append(l.splits, bits[id])
	}
	return l, nil
}

// readFile opens a file and parses it; the path goes into the parser's errors.
func readFile[T any](path string, parse func(name string, r io.Reader) (T, error)) (T, error) {
	var none T
	f, err := os.Open(path)
	if err != nil {
		return none, fmt.Errorf("read list: %w", err)
	}
	defer f.Close()
	return parse(path, f)
}

// vocValue is what a list or an annotation says of an image and a class.
type vocValue uint8

const (
	vocUnknown   vocValue = iota
	vocNegative           // -1
	vocDifficult          // 0
	vocPositive           // 1
)

// vocLabels holds the value of each image and class.
type vocLabels struct {
	classes int
	values  []vocValue // [image][class]
	partial int        // images of which only some classes are known
}

func (l *vocLabels) row(image int) []vocValue {
	return l.values[image*l.classes : (image+1)*l.classes]
}

// known reports whether anything is said of an image.
func (l *vocLabels) known(image int) bool {
	return slices.ContainsFunc(l.row(image), func(v vocValue) bool { return v != vocUnknown })
}

// label sets what an item is of by a row of values: nothing where nothing is known.
func (it *Item) label(values []vocValue, classes []string, lists *labelLists) {
	it.labels, it.None = nil, false
	if !slices.ContainsFunc(values, func(v vocValue) bool { return v != vocUnknown }) {
		return
	}
	var positive, ignored []string
	for c, v := range values {
		switch v {
		case vocPositive:
			positive = append(positive, classes[c])
		case vocDifficult, vocUnknown:
			ignored = append(ignored, classes[c])
		}
	}
	it.labels = lists.shared(positive, ignored)
	it.None = !it.has()
}

// readVOCLabels reads the per-class lists and, for images that one of them lacks, the annotations.
func readVOCLabels(root string, lists *vocLists) (*vocLabels, error) {
	classes := VOCClasses()
	l := &vocLabels{classes: len(classes), values: make([]vocValue, len(classes)*len(lists.ids))}
	for c, class := range classes {
		for _, split := range vocSplits {
			path := filepath.Join(lists.main, class+"_"+split+".txt")
			lines, err := readFile(path, parseClassList)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if err := l.merge(c, lists, path, lines); err != nil {
				return nil, err
			}
		}
	}
	for i, id := range lists.ids {
		if !slices.Contains(l.row(i), vocUnknown) {
			continue
		}
		if err := l.annotate(i, filepath.Join(root, "Annotations", id+".xml"), classes); err != nil {
			return nil, err
		}
		if slices.Contains(l.row(i), vocUnknown) && l.known(i) {
			l.partial++
		}
	}
	return l, nil
}

// merge takes over the lines of one class's list. Images that no image list names are passed over, so that an image
// list can be cut down for a trial.
func (l *vocLabels) merge(class int, lists *vocLists, path string, lines []classLine) error {
	for _, line := range lines {
		i, ok := lists.index[line.id]
		if !ok {
			continue
		}
		v := &l.row(i)[class]
		if *v != vocUnknown && *v != line.value {
			return fmt.Errorf("%s:%d: image %s is %s here, but %s in another split's list of the class", path, line.number, line.id, line.value, *v)
		}
		*v = line.value
	}
	return nil
}

// annotate fills the unknown classes of an image from its annotation, if any.
func (l *vocLabels) annotate(image int, path string, classes []string) error {
	a, err := ReadAnnotation(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	found := make([]vocValue, len(classes))
	for n, o := range a.Objects {
		c := slices.Index(classes, o.name)
		if c < 0 {
			return fmt.Errorf("%s: object %d: %q is not one of the 20 classes of VOC; vocxml:FOLDER opens images with classes of your own", path, n+1, o.name)
		}
		v := vocPositive
		if o.Difficult {
			v = vocDifficult
		}
		found[c] = max(found[c], v)
	}
	row := l.row(image)
	for c := range row {
		if row[c] == vocUnknown {
			row[c] = max(found[c], vocNegative)
		}
	}
	return nil
}

func (v vocValue) String() string {
	return [...]string{"unknown", "-1", "0", "1"}[v]
}
