package datasets

import (
	"context"
	"os"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// Set is an opened data set.
type Set struct {
	// Kind is the name of the kind that opened it, such as "voc2007".
	Kind string
	// Root is the folder that the items lie in, after the search for it: for voc2007:/data it may be
	// /data/VOCdevkit/VOC2007. For a list, table or shard: the folder that it is in; for standard input: ".".
	Root string
	// Classes are the class names in the kind's order; empty: no labels.
	Classes []string
	// Unscored are classes that are labelled, but have no part in the score of the set's protocol: "other" of VOC's
	// actions. In the order of Classes.
	Unscored []string
	// Items stand in the kind's official order, which depends on names alone, neither on the file system nor on the
	// machine.
	Items []Item
	// Skipped are the files and folders that were passed over, by reason.
	Skipped []Skip
	// Notes are remarks about the set that its user should see, such as a split without labels; a sentence each.
	Notes []string
	// empty says in words by what the items of None were told, where that may be meant otherwise; "": it may not.
	empty string
	// absolute tells that files are named by absolute paths, piped that all are named by standard input.
	absolute, piped bool
	joined          []*Set
	to              *stream              // takes the items; nil: they stay
	about           int                  // items that there are to be
	pins            []Pin                // of the items; nil: nothing is known
	sizes           map[string]imageSize // of images with boxes, by ID, where the set's own files tell them; while it is opened

	objects map[string]store.Object // files on a store that images are parts of; while it is opened
}

// imageSize is in pixels.
type imageSize struct{ width, height int }

// noteSize notes the size of an image, which may be 0: not known.
func (s *Set) noteSize(id string, width, height int) {
	if s.sizes == nil {
		s.sizes = make(map[string]imageSize)
	}
	s.sizes[id] = imageSize{width, height}
}

// Reads tells which file that items lie in another path is, under whatever name, if any. Images that are files of their
// own are compared by their names alone.
func (s *Set) Reads(path string) (in string, ok bool) {
	at, err := os.Stat(path)
	if err != nil {
		return "", false
	}
	seen := ""
	for _, it := range s.Items {
		switch in := it.At.Path; {
		case in == seen, it.At.Remote():
		case it.At.Part == nil:
			if in == path {
				return in, true
			}
		default:
			if info, err := os.Stat(in); err == nil && os.SameFile(at, info) {
				return in, true
			}
			seen = in
		}
	}
	return "", false
}

// Join appends the items of another set, whose files tables name as those of that set.
func (s *Set) Join(o *Set) {
	s.Items = append(s.Items, o.Items...)
	s.joined = append(s.joined, o)
}

// Skip counts the files or folders that were passed over for one reason.
type Skip struct {
	Reason string
	Count  int
	Names  []string // the first few, below Set.Root, escaped as IDs are
}

// The reasons for which files and folders are passed over.
const (
	skipHidden    = "hidden or left by the operating system"
	skipExtension = "not an image by the file name's extension"
	skipSpecial   = "neither a file nor a folder"
	skipNested    = "deeper than the kind's tree goes"
	skipStray     = "outside the class folders"
	skipVisited   = "link to a folder that is read elsewhere"
	skipEmpty     = "folder without images"
	skipNamed     = "named as no file in a folder can be"
)

// maxSkipNames is how many names a Skip keeps: enough for a message.
const maxSkipNames = 10

// skip counts one file or folder, path being relative to the root.
func (s *Set) skip(reason, path string) {
	for i := range s.Skipped {
		if k := &s.Skipped[i]; k.Reason == reason {
			k.Count++
			if len(k.Names) < maxSkipNames {
				k.Names = append(k.Names, escape.Name(path))
			}
			return
		}
	}
	s.Skipped = append(s.Skipped, Skip{Reason: reason, Count: 1, Names: []string{escape.Name(path)}})
}

// Divide replaces the splits of the items: those at train, indices into Items, are in train, those at held in the split
// named as, and the others in none.
func (s *Set) Divide(train, held []int, as string) {
	for i := range s.Items {
		s.Items[i].splits = 0
	}
	for _, i := range train {
		s.Items[i].splits = bitTrain
	}
	for _, i := range held {
		s.Items[i].SetSplits(as)
	}
}

// Problem is an item whose bytes cannot be found.
type Problem struct {
	index int // into Set.Items
	id    string
	err   error
}

// Check looks for the file of every item, without reading it, and returns those that are missing, in order. The error
// is the context's.
func (s *Set) Check(ctx context.Context) ([]Problem, error) {
	var found []Problem
	for i := range s.Items {
		if err := ctx.Err(); err != nil {
			return found, err
		}
		if err := s.Items[i].At.Check(); err != nil {
			found = append(found, Problem{index: i, id: s.Items[i].ID, err: err})
		}
	}
	return found, nil
}
