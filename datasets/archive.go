package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"time"
)

// archive is a file that holds many images, as it was when they were listed.
type archive struct {
	size  int64
	time  time.Time
	table *parquetTable // nil: the images are ranges of its bytes
}

func newArchive(info fs.FileInfo) *archive { return &archive{size: info.Size(), time: info.ModTime()} }

// archiveAt is the archive as it is now; nil: nothing can be known of it.
func archiveAt(path string) *archive {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return newArchive(info)
}

// table is the one that the part is a row of; nil: it is a range of bytes.
func (p *Part) table() *parquetTable {
	if p.in == nil {
		return nil
	}
	return p.in.table
}

// Changed tells whether the file that holds the location and others is another one by now than when its parts were
// listed, whatever bytes are there; info is what is known of it now. It says nothing of a whole file.
func (l Location) Changed(info fs.FileInfo) error {
	if l.Part == nil || l.Part.in == nil {
		return nil
	}
	if was := l.Part.in; info.Size() != was.size || !info.ModTime().Equal(was.time) {
		return fmt.Errorf("%s has %d bytes of %s, and had %d of %s when what is in it was listed", l.Path,
			info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano), was.size, was.time.UTC().Format(time.RFC3339Nano))
	}
	return nil
}
