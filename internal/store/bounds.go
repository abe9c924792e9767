package store

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/escape"
)

// LargestWhole bounds the bytes of an object that is brought to a disk whole, of which heads of a million classes are
// the largest.
const LargestWhole = 16 << 30

// longest is how many bytes the usual file systems give a name.
const longest = 255

// Plain tells whether the name of an object can be that of a file below a folder, here and on any machine.
func (e Entry) Plain() bool {
	for part := range strings.SplitSeq(e.Name, "/") {
		if len(part) > longest {
			return false
		}
	}
	return filepath.IsLocal(filepath.FromSlash(e.Name)) && path.Clean(e.Name) == e.Name && !strings.ContainsAny(e.Name, "\\:\x00")
}

// Within is an error where a store tells of an object of a folder that it has more bytes than are expected.
func (e Entry) Within(folder string, most int64) error {
	if e.Size <= most {
		return nil
	}
	return fmt.Errorf("%s/%s: the store says that it has %d bytes, expected %d at most: no run has as many", folder, escape.Name(e.Name), e.Size, most)
}
