package datasets

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/catalogue"
	"fc7/internal/escape"
	"fc7/internal/few"
)

// listedSet is what data sets have in common that were published as a folder of images with lists beside it: of what
// class each image is, and in what splits. One more is a file with such a value and its reader of the lists.
type listedSet struct {
	KindInfo
	folders []string // that its archives are unpacked to, where PATH is the folder above
	marks   []string // what the folder has, with slashes: one of them tells it from others
	classes int      // as published; 0: they are not counted
	objects bool     // its lists have boxes
	read    func(l *lister) error
}

// kind is the entry of the table of kinds.
func (t listedSet) kind() kind {
	t.Published = catalogue.PublishedCounts(t.Name).Splits
	return kind{KindInfo: t.KindInfo, openWith: func(k KindInfo, path string, o Options) (*Set, error) {
		l, err := t.lister(k, path, o.Objects)
		if err != nil {
			return nil, err
		}
		if l.own, err = k.own(o.Own); err != nil {
			return nil, err
		}
		if err := t.read(l); err != nil {
			if fault := new(layoutFault); errors.As(err, &fault) {
				return nil, err
			}
			return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
		}
		return l.finish(t)
	}}
}

// lister makes the set of a folder of lists.
type lister struct {
	k     KindInfo
	root  string
	set   *Set
	whole bool              // rows of images are wanted
	boxed bool              // and of boxes
	own   map[string]string // the kind's options

	packed []packedAt
	tops   map[string]bool // whether the folder has what is at the top of a name

	open func(name string) (io.ReadCloser, error) // of a list
	stat func(name string) error

	shared labelLists
	at     map[string]int         // of an image's ID its place among items
	of     map[string]int         // of a class its place, from 1
	boxes  map[string][]ObjectBox // by ID; an empty class: the image's
	items  []Item

	damaged damaged // annotations
}

// lister finds the folder at or below path.
func (t listedSet) lister(k KindInfo, path, objects string) (*lister, error) {
	entries, err := openRoot(k, path)
	if err != nil {
		return nil, err
	}
	top, unreadable := packedIn(path, entries), error(nil)
	for _, below := range append([]string{"."}, t.folders...) {
		root := path
		for name := range strings.SplitSeq(below, "/") {
			if name != "." && root != "" {
				if root, err = child(root, name); err != nil {
					return nil, fmt.Errorf("data set %s:%s: %w", k.Name, path, err)
				}
			}
		}
		l := newLister(k, filepath.Clean(cmp.Or(root, filepath.Join(path, filepath.FromSlash(below)))), objects)
		l.packed = []packedAt{{top, strings.TrimPrefix(below+"/", "./")}}
		if below != "." && root != "" {
			inside, err := openRoot(k, root)
			if err != nil {
				return nil, err
			}
			l.packed = append(l.packed, packedAt{packedIn(root, inside), ""})
		}
		is, err := l.marked(t.marks)
		if is {
			return l, nil
		}
		unreadable = cmp.Or(unreadable, err)
	}
	hint := ""
	if names := compressedArchives(entries); len(names) > 0 {
		hint = fmt.Sprintf("unpack %s first, or gunzip it alone: images in .tar and .zip files are read in place", few.Names(names))
	}
	e := layoutError(k, path, "has no "+strings.Join(t.marks, " or ")+": "+contents(entries), hint)
	e.Err = unreadable
	return nil, e
}

// packedAt are archives in which the set's folder is that of a name, "" or with a slash at its end.
type packedAt struct {
	*packedTree
	below string
}

// newLister is one of the lists below a folder.
func newLister(k KindInfo, root, objects string) *lister {
	l := &lister{
		k: k, root: root, set: &Set{Kind: k.Name, Root: root}, whole: objects != ObjectsBox, boxed: objects == ObjectsBox || objects == ObjectsBoth,
		tops: map[string]bool{}, at: map[string]int{}, of: map[string]int{}, boxes: map[string][]ObjectBox{},
	}
	l.open = func(name string) (io.ReadCloser, error) {
		at, err := l.locate(name)
		if err != nil {
			return nil, err
		}
		if at.Part == nil || at.Part.in == nil {
			return openText(k, at.Path)
		}
		if at.Part.Size == 0 {
			return cell{bytes.NewReader(nil)}, nil
		}
		return at.Open()
	}
	l.stat = func(name string) error {
		_, err := os.Stat(l.path(name))
		if err == nil {
			return nil
		}
		if is, packed := l.inArchive(name); is || packed != nil {
			return packed
		}
		return err
	}
	return l
}

// inArchive tells whether an archive has a file or folder of a name.
func (l *lister) inArchive(name string) (bool, error) {
	for _, p := range l.packed {
		if is, err := p.has(p.below + name); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// marked tells whether the folder, or an archive in it, has one of the marks.
func (l *lister) marked(marks []string) (bool, error) {
	for _, m := range marks {
		if _, err := os.Stat(l.path(m)); err == nil {
			return true, nil
		}
	}
	for _, m := range marks {
		if is, err := l.inArchive(m); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// locate is where a file is: in the folder, if what is at the top of its name is there, or in an archive. One that is
// nowhere is where the folder would have it.
func (l *lister) locate(name string) (Location, error) {
	top, _, _ := strings.Cut(name, "/")
	there, known := l.tops[top]
	if !known {
		_, err := os.Stat(l.path(top))
		there = err == nil
		l.tops[top] = there
	}
	if !there {
		for _, p := range l.packed {
			if at, ok, err := p.find(p.below + name); ok || err != nil {
				return at, err
			}
		}
	}
	return Location{Path: l.path(name)}, nil
}

// notePacked tells which archives are read.
func (l *lister) notePacked() {
	var names []string
	for _, p := range l.packed {
		for path := range p.used {
			names = append(names, escape.Name(filepath.Base(path)))
		}
	}
	if slices.Sort(names); len(names) > 0 {
		l.set.Notes = append(l.set.Notes, "read in place: "+few.Names(names))
	}
}

// listLimits bound the lists of a set: the largest published one has 109,000 lines.
var listedLimits = lineLimits{bytes: 256 << 20, line: 4 << 10, lines: 5_000_000, what: "a list of the set"}

// lines gives the lines of a list that are not empty and do not begin with #. A list that is not there is an error that
// shows the tree.
func (l *lister) lines(name string, line func(text string) error) error {
	f, err := l.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return readLines(l.path(name), f, listedLimits, func(_ int, text []byte) error {
		s := strings.TrimSpace(string(text))
		if s == "" || s[0] == '#' {
			return nil
		}
		return line(s)
	})
}

// fields is lines of so many fields with spaces between; the last has the rest of the line.
func (l *lister) fields(name string, n int, line func(f []string) error) error {
	return l.lines(name, func(text string) error {
		var f []string
		rest := text
		for len(f) < n-1 {
			at := strings.IndexAny(rest, " \t")
			if at < 0 {
				return fmt.Errorf("want %d fields, found %q", n, escape.Short(text))
			}
			f, rest = append(f, rest[:at]), strings.TrimLeft(rest[at:], " \t")
		}
		return line(append(f, rest))
	})
}

// has tells whether there is a file or folder of a name.
func (l *lister) has(name string) bool { return l.stat(name) == nil }

func (l *lister) path(name string) string { return filepath.Join(l.root, filepath.FromSlash(name)) }

// class adds a class, if it is not there, after those that are.
func (l *lister) class(name string) error {
	if name == "" || escape.Name(name) != name {
		return fmt.Errorf("want the name of a class, found %q", escape.Short(name))
	}
	if l.of[name] == 0 {
		l.set.Classes = append(l.set.Classes, name)
		l.of[name] = len(l.set.Classes)
	}
	return nil
}

// numbered is the class that a set counts as number n, from 1.
func (l *lister) numbered(n int) (string, error) {
	if n < 1 || n > len(l.set.Classes) {
		return "", fmt.Errorf("want the number of a class from 1 to %d, found %d", len(l.set.Classes), n)
	}
	return l.set.Classes[n-1], nil
}

// image adds an image of a class that is known, or of none yet (""), in a split or none (""), by its path below the
// root with slashes. One that is there already must be of the class, and is in the split too.
func (l *lister) image(name, class, split string) error {
	if !fs.ValidPath(name) || name == "." || escape.Name(name) != name {
		return fmt.Errorf("want the path of an image below %s, found %q", escape.Name(l.root), escape.Short(name))
	}
	if class != "" && l.of[class] == 0 {
		return fmt.Errorf("%s is of %q, which is none of the %d classes", name, escape.Short(class), len(l.set.Classes))
	}
	bits, _ := splitBitsOf(split)
	i, there := l.at[name]
	if !there {
		l.at[name] = len(l.items)
		at, err := l.locate(name)
		if err != nil {
			return err
		}
		it := Item{ID: sharing(name, at.Path), At: at, splits: bits}
		if class != "" {
			it.labels = l.shared.shared([]string{class}, nil)
		}
		l.items = append(l.items, it)
		return nil
	}
	it := &l.items[i]
	if was := it.Labels(); class != "" && len(was) > 0 && was[0] != class {
		return fmt.Errorf("%s is of %s, and was of %s before", name, class, was[0])
	}
	if it.labels == nil && class != "" {
		it.labels = l.shared.shared([]string{class}, nil)
	}
	if bits == 0 {
		return nil
	}
	both, ok := it.splits.with(bits)
	if !ok || it.splits&bits != 0 || both&(1<<firstNumbered-1) != 0 && leak(name, splitOfImage{bits: both}) != nil {
		return fmt.Errorf("%s is listed twice: in %s and in %s", name, strings.Join(it.Splits(), ", "), split)
	}
	it.splits = both
	return nil
}

// box adds the box of an object of an image, of its own class where that is not the image's; a nil one is not there,
// and keeps its number.
func (l *lister) box(name string, b *Box, class string) error {
	if _, ok := l.at[name]; !ok {
		return fmt.Errorf("a box of %s, which no list names", escape.Short(name))
	}
	if l.boxed {
		l.boxes[name] = append(l.boxes[name], ObjectBox{b, class})
	}
	return nil
}

// finish makes the rows, in the order in which the lists named the images.
func (l *lister) finish(t listedSet) (*Set, error) {
	s := l.set
	l.notePacked()
	if len(l.items) == 0 {
		return nil, layoutError(l.k, l.root, "the lists name no image", "")
	}
	bare := 0
	for _, it := range l.items {
		if l.whole {
			s.Items = append(s.Items, it)
		}
		before := len(s.Items)
		for n, b := range l.boxes[it.ID] {
			if b.Box == nil {
				continue
			}
			row := it
			row.Object, row.Box = n+1, b.Box
			if b.Class != "" {
				row.labels = l.shared.shared([]string{b.Class}, nil)
			}
			s.Items = append(s.Items, row)
		}
		if len(s.Items) == before {
			bare++
		}
	}
	if l.boxed && t.objects && bare > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d of %d images have no box", bare, len(l.items)))
	}
	if p := t.Published; len(p) > 0 && len(s.Classes) != t.classes && 2*len(l.items) >= p[0].Images {
		s.Notes = append(s.Notes, fmt.Sprintf("the set was published with %d classes, here are %d", t.classes, len(s.Classes)))
	}
	s.Notes = append(append(s.Notes, l.damaged.notes()...), s.otherCounts(l.k)...)
	if len(s.Items) == 0 {
		return nil, &SpecError{l.k.Name + ":" + l.root, "rows of boxes are asked for, but the set has no boxes"}
	}
	return s, nil
}

// xmlBoxes adds the boxes of a VOC annotation. One that is not there says nothing of the image, nor does one that is
// damaged, which is counted.
func (l *lister) xmlBoxes(image, file string) error {
	if !l.boxed {
		return nil
	}
	at, err := l.locate(file)
	if err != nil {
		return err
	}
	a, err := at.annotation()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := l.damaged.take(err); err != nil || a == nil {
		return err
	}
	for i := range a.Objects {
		if err := l.box(image, a.Objects[i].Box, ""); err != nil {
			return err
		}
	}
	return nil
}

// classFolder is the class of an image in a folder of its own, "banded" of "banded/banded_0002.jpg".
func classFolder(name string) string { return cmp.Or(strings.TrimSuffix(path.Dir(name), "."), "") }

// divisions reads the lists of a set that is divided several times, of each division one a split. Those of which there
// is no list are told; of the first there must be.
func (l *lister) divisions(most int, list func(n int, split string) string, splits []string, read func(list, split string) error) error {
	var absent []string
	for n := 1; n <= most; n++ {
		if n > 1 && !slices.ContainsFunc(splits, func(s string) bool { return l.has(list(n, s)) }) {
			absent = append(absent, strconv.Itoa(n))
			continue
		}
		for _, s := range splits {
			if err := read(list(n, s), fmt.Sprint(s, n)); err != nil {
				return err
			}
		}
	}
	if len(absent) > 0 {
		l.set.Notes = append(l.set.Notes, fmt.Sprintf("the lists of %d of the %d divisions are not here: %s", len(absent), most, strings.Join(absent, ", ")))
	}
	return nil
}

// sorted puts the classes in alphabetical order, where no list tells theirs.
func (l *lister) sorted() error {
	slices.Sort(l.set.Classes)
	return nil
}

// inOrder gives pairs of a list and what it is of.
func inOrder(pairs ...string) func(yield func(list, of string) bool) {
	return func(yield func(list, of string) bool) {
		for ; len(pairs) > 1; pairs = pairs[2:] {
			if !yield(pairs[0], pairs[1]) {
				return
			}
		}
	}
}

// boxOfCorners reads left, upper, right and lower edge, counted from 1, both corners inside.
func boxOfCorners(f []string) (*Box, error) {
	var v [4]float64
	ok := len(f) == len(v)
	for i := range v {
		if ok {
			v[i], ok = pixelCoordinate(f[i], math.MaxInt32)
		}
	}
	b := &Box{XMin: v[0], YMin: v[1], XMax: v[2], YMax: v[3]}
	if !ok || b.insideOut() {
		return nil, fmt.Errorf("want the corners of a box, found %q", escape.Short(strings.Join(f, " ")))
	}
	return b, nil
}
