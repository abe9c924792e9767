package datasets

import (
	"path/filepath"
	"strings"

	"fc7/internal/store"
)

// indexRow is an item as a file of an index has it (Parquet). Lists are in the item's order.
type indexRow struct {
	ID      string   `parquet:"id"`
	Object  int32    `parquet:"object"`
	File    string   `parquet:"file,dict"` // below the set's folder with slashes, else as the set names it; "": as ID says
	Offset  int64    `parquet:"offset"`    // of a part of the file its first byte, of a row of a table its number from 1; else -1
	Size    int64    `parquet:"size"`      // of a part; of a whole file or a table that of the file; -1: not known
	Whole   int64    `parquet:"whole"`     // size of the file; -1: not known
	Version string   `parquet:"version"`   // of the file, on a store; "": not known
	SHA256  []byte   `parquet:"sha256"`    // of the item's bytes; empty: not known
	Row     bool     `parquet:"row"`       // of a table
	Labels  []string `parquet:"labels,list"`
	Ignored []string `parquet:"ignored,list"`
	None    bool     `parquet:"none"`
	Splits  int32    `parquet:"splits"`   // Item's bits
	Box     []int64  `parquet:"box,list"` // whole pixels
	// The four corners with decimals and the size of the picture that the box was drawn on; empty: Box says it all.
	Drawn []float64 `parquet:"drawn,list"`
	Foot  int32     `parquet:"foot"` // rows of pixels that are no part of it
	Room  int64     `parquet:"room"` // bytes of a part that is packed in the file, when it is unpacked; 0: it is not
}

// wholeFile is Offset of an item that is a whole file.
const wholeFile = -1

// indexRowOf is the row of an item, of which is known what pin says.
func (n IndexedSet) indexRowOf(it *Item, pin Pin) indexRow {
	r := indexRow{
		ID: it.ID, Object: int32(it.Object), File: n.file(it), Offset: wholeFile, Size: pin.Size, Whole: pin.Size, Version: pin.Version,
		Labels: it.Labels(), Ignored: it.Ignored(), None: it.None, Splits: int32(it.splits), Foot: int32(it.Foot),
	}
	if p := it.At.Part; p != nil {
		r.Offset, r.Row = p.Offset, p.table() != nil
		if r.Row {
			r.Size = p.table().size
		} else {
			r.Size, r.Room = p.Size, p.packed
		}
	}
	if b := it.Box; b != nil {
		whole := b.rounded()
		r.Box = []int64{int64(whole.XMin), int64(whole.YMin), int64(whole.XMax), int64(whole.YMax)}
		if whole != *b || b.drawn != (imageSize{}) {
			r.Drawn = []float64{b.XMin, b.YMin, b.XMax, b.YMax, float64(b.drawn.width), float64(b.drawn.height)}
		}
	}
	if pin.SHA256 != nil {
		r.SHA256 = pin.SHA256[:]
	}
	return r
}

// box is that of the row; nil: it has none.
func (r *indexRow) box() *Box {
	switch d := r.Drawn; {
	case len(d) == 6:
		return &Box{d[0], d[1], d[2], d[3], imageSize{int(d[4]), int(d[5])}}
	case len(r.Box) == 4:
		return &Box{XMin: float64(r.Box[0]), YMin: float64(r.Box[1]), XMax: float64(r.Box[2]), YMax: float64(r.Box[3])}
	}
	return nil
}

// file names the file of an item.
func (n IndexedSet) file(it *Item) string {
	path := n.absolute(it.At.Path)
	if path == n.path(it.ID) {
		return ""
	}
	if rel, err := filepath.Rel(n.Root, path); !store.Is(path) && err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

// absolute is a path that does not depend on the working folder, unless the set is one of standard input.
func (n IndexedSet) absolute(path string) string {
	if n.Piped || filepath.IsAbs(path) || store.Is(path) {
		return path
	}
	return filepath.Join(n.folder, path)
}

// path is where the file of that name is.
func (n IndexedSet) path(name string) string {
	switch {
	case store.Is(name):
		return name
	case store.Is(n.Root):
		return store.Join(n.Root, name)
	}
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(n.Root, name)
}

// item is that of a row, whose strings it owns. An archive that is another one by now than when it was pinned is noted
// in the pin.
func (s *Share) item(r *indexRow, pin *Pin) (it Item, err error) {
	it = Item{Object: int(r.Object), None: r.None, Foot: uint16(r.Foot), splits: splitBits(uint32(r.Splits)), labels: s.lists.shared(r.Labels, r.Ignored)}
	if r.File == "" {
		it.At.Path = s.of.path(r.ID)
	} else if it.At.Path = s.files[r.File]; it.At.Path == "" {
		it.At.Path = s.of.path(r.File)
		if r.Offset != wholeFile {
			s.files[r.File] = it.At.Path // many items are parts of few files
		}
	}
	if it.ID = strings.Clone(r.ID); strings.HasSuffix(it.At.Path, r.ID) {
		it.ID = sharing(r.ID, it.At.Path)
	}
	it.Box = r.box()
	if r.Offset == wholeFile {
		return it, nil
	}
	it.At.Part = &Part{Offset: r.Offset, Size: r.Size, packed: r.Room, raw: hasRaw(s.of.Kind)}
	if r.Row {
		it.At.Part.Size = 0
		t, err := s.table(it.At.Path, pin)
		if err == nil {
			it.At.Part.in = t.in
		}
		return it, err
	}
	if it.At.Part.in, err = s.archive(it.At.Path); it.At.Part.in != nil {
		pin.Replaced = pin.replaced(it.At.Part.in)
	}
	return it, err
}
