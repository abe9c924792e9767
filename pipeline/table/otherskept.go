package table

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/few"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// tellOthersKept tells of rows that starts with other settings kept here, of which no file of a table stands: they are
// left until this table is complete, for whoever meant that one.
func (r *Run) tellOthersKept() {
	own := r.keeping.dir(0)
	digest := own[strings.LastIndexByte(own, '-'):]
	tmp := filepath.Join(r.Out, path.Dir(own))
	folders, err := os.ReadDir(tmp)
	if err != nil || r.Note == nil {
		return // there are none, or what looks for this table's own tells it
	}
	for _, f := range folders {
		if strings.HasSuffix(f.Name(), digest) {
			continue
		}
		segments, err := os.ReadDir(filepath.Join(tmp, f.Name()))
		if err != nil {
			continue
		}
		for _, s := range segments {
			if _, ok := planned.ParseSegmentName(s.Name()); ok {
				r.Note(fmt.Sprintf("%s keeps rows of a table with other settings (%s) from a start that did not end; they are not taken, and go when this table is complete: to go on with that one, stop and put its settings back",
					tmp, r.otherKept(filepath.Join(tmp, f.Name(), s.Name()))))
				return
			}
		}
	}
}

// otherKept says in what the table of a segment is another.
func (r *Run) otherKept(segment string) string {
	s, err := outputs.OpenShard(segment)
	if err != nil {
		return "which cannot be read"
	}
	defer s.Close()
	if diff := s.Identity.Differences(r.Identity); len(diff) > 0 {
		return few.Names(diff)
	}
	return "rows a file, or limits of an image"
}
