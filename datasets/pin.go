package datasets

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
)

// Pin is what was known of an item's bytes when its set was indexed: by it an input that is another one since is found.
type Pin struct {
	Size    int64              // of the file that holds the item, in bytes; negative: not known
	Version string             // that its store gives that file (store.Object); "": none
	SHA256  *[sha256.Size]byte // of the item's bytes; nil: they were not read
	// Replaced says in words how an archive that holds the item differs, where that is another one; "": it does not.
	Replaced string
}

// Unknown is the Pin of an item of which nothing is known.
var Unknown = Pin{Size: -1}

// Pin of item i; nil: nothing is known of what it was.
func (s *Set) Pin(i int) *Pin {
	if i >= len(s.pins) {
		return nil
	}
	return &s.pins[i]
}

// Unpin forgets what is known of the items, but for those of archives that are others by now, whose places in them are
// not known.
func (s *Set) Unpin() {
	for i := range s.pins {
		s.UnpinItem(i)
	}
}

// UnpinItem is Unpin of one item.
func (s *Set) UnpinItem(i int) {
	if i < len(s.pins) && s.pins[i].Replaced == "" {
		s.pins[i] = Unknown
	}
}

// LocalPin is what is known of an item's file without reading it: nothing of one that is not there, or on a store. An
// archive, there too, is as it was when its images were listed.
func (l Location) LocalPin() Pin {
	switch {
	case l.Part != nil && l.Part.in != nil:
		return Pin{Size: l.Part.in.size, Version: l.Part.in.version}
	case l.Remote():
		return Unknown
	}
	info, err := os.Stat(l.Path)
	if err != nil || !info.Mode().IsRegular() {
		return Unknown
	}
	return Pin{Size: info.Size()}
}

// pinOf is what a row of the index says of its item's bytes, in memory of its own.
func pinOf(r *indexRow) Pin {
	p := Pin{Size: r.Whole, Version: strings.Clone(r.Version)}
	if len(r.SHA256) == sha256.Size {
		sum := [sha256.Size]byte(r.SHA256)
		p.SHA256 = &sum
	}
	return p
}

// replaced says how an archive is another one than was pinned; "": it is not, as far as is known.
func (p *Pin) replaced(by *archive) string {
	switch {
	case p.Size >= 0 && by.size != p.Size:
		return fmt.Sprintf("the file that holds it and others has %d bytes, and had %d", by.size, p.Size)
	case p.Version != "" && by.version != p.Version:
		return fmt.Sprintf("its store gives another version of the file that holds it and others, of %d bytes", by.size)
	}
	return ""
}
