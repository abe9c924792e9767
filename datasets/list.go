package datasets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// list is a text file that names images, one a line, without labels.
//
// A relative path starts at the folder of the list, or at the working folder if the list is standard input. Every line
// is a path, whatever the file's extension, and whether or not the file exists; only lines of nothing but blanks are
// passed over. There are no comments and no quotes: # and " begin names like other characters, and blanks at either end
// belong to the name. A line may be an address of a store (package store), as may the list's own path, below whose
// folder relative ones are then. A path given twice is an error, because items are told apart by it; paths are compared
// after cleaning, so that ./a.jpg is a.jpg. The order is that of the lines. Lines may end in CRLF, or in CR alone.
//
// Where every line is an image's name, a blank and a whole number, as Caffe's lists have it, the number is the class.
var list = kind{
	KindInfo: KindInfo{
		Name:    "list",
		Summary: "a text file of image paths or addresses, one a line, without labels or with Caffe's; list:- reads standard input",
		Tree: "PATH is a text file, or - for standard input:\n" +
			"holiday/1.jpg                relative to the folder of PATH\n" +
			"/photos/2.png                absolute\n" +
			"s3://bucket/3.jpg            on a store, as PATH itself may be: s3, gs, azblob, https, hf\n" +
			"every line that is not blank is a path: no comments, no quotes; if all of them are as\n" +
			"holiday/1.jpg 0              (Caffe's lists), the number is the class",
		Example: "list:photos.txt",
	},
	openWith: func(k KindInfo, path string, o Options) (*Set, error) { return openList(k, path, o, nil) },
	stream:   openList,
}

// pathLimits bound a list of paths: a line is as long as a path may be.
var pathLimits = lineLimits{bytes: 1 << 30, line: 4096, lines: 10_000_000, what: "a list of paths, one a line"}

// lineLimits are those of lists of paths that are opened so.
func (o Options) lineLimits() lineLimits {
	lim := pathLimits
	if o.AnyLength {
		lim.bytes, lim.lines = anyBytes, anyLines
	}
	return lim
}

func openList(k KindInfo, path string, o Options, to *stream) (*Set, error) {
	lim := o.lineLimits()
	if path == "-" {
		return readStdin(k, o.stdin(), lim)
	}
	if store.Is(path) && to != nil {
		r, err := store.Open(context.Background(), path)
		if err != nil {
			return nil, fmt.Errorf("data set %s: %w", k.Name, err)
		}
		defer r.Close()
		return readList(k, store.Shown(path), folderOf(path), r, 0, lim, to)
	}
	if store.Is(path) {
		text, n, err := remoteText(k, path, lim.bytes, lim.lines)
		if err != nil {
			return nil, err
		}
		return readList(k, store.Shown(path), folderOf(path), spooled(text), n, lim, nil)
	}
	f, err := openText(k, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := countFile(f, lim.lines)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %s: %w", k.Name, path, err)
	}
	return readList(k, path, filepath.Dir(path), f, n, lim, to)
}

func readStdin(k KindInfo, r io.Reader, lim lineLimits) (*Set, error) {
	const name = "standard input"
	text, err := spool(r, lim.bytes)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %s: %w", k.Name, name, err)
	}
	n, err := countLines(spooled(text), lim.lines)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %s: %w", k.Name, name, err)
	}
	s, err := readList(k, name, ".", spooled(text), n, lim, nil)
	if err == nil {
		s.piped = true
	}
	return s, err
}

// readList makes a set of the lines of r, with relative paths below dir; there are about n. With to, that takes the
// items.
func readList(k KindInfo, name, dir string, r io.Reader, n int, lim lineLimits, to *stream) (*Set, error) {
	s := &Set{Kind: k.Name, Root: dir, Items: make([]Item, 0, to.room(n)), to: to}
	var index keyIndex
	var lines lineRuns
	var caffe caffeClasses
	err := readLines(name, r, lim, func(number int, text []byte) error {
		if len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		id, at, err := s.listed(string(text))
		if err != nil {
			return err
		}
		it := Item{ID: id, At: at}
		if to != nil {
			return s.giveListed(it, &caffe)
		}
		if before := index.add(s.Items, &it); before >= 0 {
			return fmt.Errorf("%s is listed twice: first in line %d", id, lines.of(before))
		}
		lines.add(len(s.Items), number)
		s.Items = append(s.Items, it)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w", k.Name, err)
	}
	if s.given() == 0 {
		return nil, layoutError(k, name, "lists no image", "write one path a line, as find -type f does")
	}
	if to != nil {
		caffe.finish(s)
	} else if err := s.takeCaffe(lines); err != nil {
		return nil, fmt.Errorf("data set %s: %s:%w", k.Name, name, err)
	}
	s.noteRemote()
	return s, nil
}

// giveListed gives an item of a list to the set's stream. The first line tells whether all are Caffe's; where another
// one tells otherwise, the list has to be opened whole.
func (s *Set) giveListed(it Item, caffe *caffeClasses) error {
	switch first := s.given() == 0; {
	case first:
		caffe.all = caffe.take(&it)
	case caffe.all && !caffe.take(&it):
		return errWhole
	}
	if err := s.to.met(it.ID, 0); err != nil {
		return err
	}
	return s.give(it)
}

// caffeLine splits a path as Caffe's lists have it into the image's and its class.
func caffeLine(path string) (image, class string, ok bool) {
	at := strings.LastIndexAny(path, " \t")
	if at < 0 {
		return "", "", false
	}
	image, class = strings.TrimRight(path[:at], " \t"), path[at+1:]
	return image, class, class != "" && digits(class) && isImageName(image)
}

// withoutBlanks takes blanks off the end of a key, in which a tab is escaped.
func withoutBlanks(id string) string {
	tab := escape.Name("\t")
	for {
		short := strings.TrimSuffix(strings.TrimRight(id, " "), tab)
		if short == id {
			return id
		}
		id = short
	}
}

// takeCaffe takes the numbers behind all paths for classes, where all paths have one. Its error begins with the line.
func (s *Set) takeCaffe(lines lineRuns) error {
	for i := range s.Items {
		if _, _, ok := caffeLine(s.Items[i].At.Path); !ok {
			return nil
		}
	}
	var index keyIndex
	caffe := caffeClasses{all: true}
	for i := range s.Items {
		it := &s.Items[i]
		caffe.take(it)
		if before := index.add(s.Items[:i], it); before >= 0 {
			return fmt.Errorf("%d: %s is listed twice: first in line %d", lines.of(i), it.ID, lines.of(before))
		}
	}
	caffe.finish(s)
	return nil
}

// caffeClasses are those of Caffe's lists.
type caffeClasses struct {
	all     bool // of the lines are such
	lists   labelLists
	classes map[string]bool
}

// take takes the number behind an item's path for its class; it tells whether there is one.
func (c *caffeClasses) take(it *Item) bool {
	image, class, ok := caffeLine(it.At.Path)
	if !ok {
		return false
	}
	if c.classes == nil {
		c.classes = make(map[string]bool)
	}
	it.At.Path = image
	it.ID = sharing(withoutBlanks(strings.TrimSuffix(it.ID, class)), image)
	it.labels, c.classes[class] = c.lists.shared([]string{class}, nil), true
	return true
}

// finish sets the classes, if all lines are such.
func (c *caffeClasses) finish(s *Set) {
	if !c.all {
		return
	}
	s.Classes = slices.Sorted(maps.Keys(c.classes))
	s.Notes = append(s.Notes, fmt.Sprintf("every line ends with a number behind an image's name, as Caffe's lists do: it is the class, of %d", len(s.Classes)))
}

// listed turns a path from a file in the set's folder into a key and a location, and notes whether it is absolute.
func (s *Set) listed(path string) (id string, at Location, err error) {
	switch {
	case strings.ContainsRune(path, 0):
		return "", at, errors.New("want a path, found a zero byte: is this a text file, with one path a line?")
	case strings.TrimSpace(path) == "":
		return "", at, errors.New("want a path, found nothing")
	}
	if at.Path, err = s.place(path); err != nil {
		return "", at, err
	}
	s.absolute = s.absolute || store.Is(path) || filepath.IsAbs(path)
	if id = path; !store.Is(path) {
		id = filepath.ToSlash(filepath.Clean(path))
	}
	id = escape.Name(id)
	return sharing(id, at.Path), at, nil
}
