package extraction

import (
	"cmp"
	"fmt"
	"path/filepath"

	"fc7/internal/atomicfile"
	"fc7/outputs"
)

// hubPattern is what the files of a split are called.
const hubPattern = "train-*-of-*.parquet"

// hubFileBytes is about how large a file is: the size that the hub's own uploads have.
const hubFileBytes = 500_000_000

// hubWriter writes rows to files of about the same number of them, each a table of its own.
type hubWriter struct {
	dir   string // of the files
	cols  []outputs.Column
	id    outputs.Identity
	rows  int // of all files
	each  int // of one, but for the last
	files int
	begun int
	now   *outputs.ShardWriter
}

func createHub(out string, cols []outputs.Column, id outputs.Identity, n rowCounts, fileBytes int64) (*hubWriter, error) {
	w := &hubWriter{dir: filepath.Join(out, hubData), cols: cols, id: id, rows: n.ok, each: max(1, n.ok), files: 1}
	if n.ok > 0 {
		row := 4*int64(cols[0].Width) + n.text/int64(n.ok)
		w.each = int(max(1, cmp.Or(fileBytes, hubFileBytes)/row))
		w.files = (n.ok + w.each - 1) / w.each
	}
	w.id.Inputs.None = n.none
	if err := atomicfile.MkdirAll(w.dir); err != nil {
		return nil, err
	}
	return w, w.next()
}

// textBytes is about what a row takes beside its descriptor: the texts with their lengths, and five numbers.
func textBytes(r outputs.Row) int64 {
	n := len(r.Image) + len(r.Path) + len(r.Status) + 32
	for _, list := range [][]string{r.Labels, r.Ignored, r.Splits} {
		for _, s := range list {
			n += len(s) + 4
		}
	}
	return int64(n)
}

// next begins the next file, if any is left.
func (w *hubWriter) next() (err error) {
	if w.begun == w.files {
		return nil
	}
	id := w.id
	if id.Inputs.Count = min(w.each, w.rows-w.begun*w.each); id.Inputs.Count != w.id.Inputs.Count {
		id.Inputs = outputs.Inputs{Kind: fmt.Sprintf("%s, file %d of %d", id.Inputs.Kind, w.begun+1, w.files), Count: id.Inputs.Count, None: id.Inputs.None}
	}
	w.now, err = outputs.CreateParquet(filepath.Join(w.dir, fmt.Sprintf("train-%05d-of-%05d.parquet", w.begun, w.files)), w.cols, id, false)
	w.begun++
	return err
}

func (w *hubWriter) Write(r outputs.Row) error {
	if w.now.Rows() == w.each {
		if err := w.now.Close(); err != nil {
			return err
		}
		if err := w.next(); err != nil {
			return err
		}
	}
	return w.now.Write(r)
}

func (w *hubWriter) Close() error { return w.now.Close() }

func (w *hubWriter) Abort() error {
	if w.now == nil {
		return nil
	}
	return w.now.Abort()
}
