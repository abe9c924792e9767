package table

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fc7/internal/atomicfile"
	"fc7/internal/place"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// A segment is a small table of some rows of a file that is not done, named by the first of them (planned.SegmentName),
// beside what they were computed from. Whoever makes the file takes them as they are, and computes those behind them.

// keeping is what a Run keeps of files that are not done.
type keeping struct {
	every  time.Duration      // rows are kept so often
	dir    func(s int) string // the folder of a file's segments, in the run's place
	kept   map[int]*keptRows  // by the shard
	again  map[int]bool       // items whose rows were kept, and are computed again
	now    int                // rows of the open shard that this process kept
	reader rowReader
}

func newKeeping(every time.Duration, dir func(s int) string) *keeping {
	return &keeping{every: every, dir: dir, kept: map[int]*keptRows{}, again: map[int]bool{}}
}

// keptRows are the first rows of a file, in segments.
type keptRows struct {
	parts   []keptPart
	rows    int
	release func() error // the folder that they are in
}

// keptPart is a segment whose rows are those from first on of its file.
type keptPart struct {
	path  string
	first int
	from  []outputs.RowInput
	bad   []int // its rows that failed, in order
}

// isKept tells whether the row of an item is taken from elsewhere.
func (r *Run) isKept(item int) bool {
	switch {
	case r.update != nil:
		return r.update.from[item] >= 0
	case r.keeping != nil:
		k := r.keeping.kept[item/r.Rows]
		return k != nil && item%r.Rows < k.rows && !r.keeping.again[item]
	}
	return false
}

// keptRow is the row of an item that is kept, with what it is of.
func (r *Run) keptRow(item int) (outputs.Row, outputs.Input, error) {
	if r.update != nil {
		return r.update.row(item)
	}
	return r.keeping.row(item/r.Rows, item%r.Rows)
}

// row reads a row of a file from its segments.
func (h *keeping) row(s, row int) (outputs.Row, outputs.Input, error) {
	for _, p := range h.kept[s].parts {
		if row >= p.first && row < p.first+len(p.from) {
			kept, err := h.reader.read(p.path, row-p.first)
			return kept, p.from[row-p.first].Input, err
		}
	}
	return outputs.Row{}, outputs.Input{}, fmt.Errorf("row %d of file %d is neither kept nor computed", row, s)
}

// findSegments finds the rows that are kept of a file: those of sound segments, as far as none is missing.
func (r *Run) findSegments(s int) error {
	dir, release, err := r.in().LocalFolder(r.keeping.dir(s))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for rows that were kept: %w", err)
	}
	kept := &keptRows{release: release}
	if err := r.takeSegments(s, dir, kept); err != nil || kept.rows == 0 {
		return errors.Join(err, release())
	}
	r.keeping.kept[s] = kept
	return nil
}

// takeSegments takes the segments in a folder.
func (r *Run) takeSegments(s int, dir string, kept *keptRows) error {
	entries, err := os.ReadDir(dir) // by name, and so by their first rows
	if err == nil {
		err = atomicfile.Sweep(dir, filepath.Join(dir, outputs.DigestsDir))
	}
	if err != nil {
		return fmt.Errorf("looking for rows that were kept: %w", err)
	}
	for _, e := range entries {
		first, ok := planned.ParseSegmentName(e.Name())
		if !ok {
			continue
		}
		if first > kept.rows {
			break
		}
		p := keptPart{path: filepath.Join(dir, e.Name()), first: first}
		err := r.takeSegment(s, &p)
		switch {
		case isDisk(err):
			return err
		case err != nil && r.Note != nil:
			r.Note(fmt.Sprintf("rows that were kept are computed again: %v", err))
		case err == nil && first+len(p.from) > kept.rows:
			kept.parts, kept.rows = append(kept.parts, p), first+len(p.from)
		}
	}
	return nil
}

// dropKept lets go what is kept of a file.
func (h *keeping) dropKept(s int) error {
	k := h.kept[s]
	delete(h.kept, s)
	if k == nil {
		return nil
	}
	return k.release()
}

// takeSegment makes sure that a segment is sound and of this table, and reads what its rows were computed from.
func (r *Run) takeSegment(s int, p *keptPart) error {
	d, err := outputs.FileDigests(p.path)
	if err == nil {
		err = d.Check()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	part, err := outputs.OpenShard(p.path)
	if err != nil {
		return err
	}
	defer part.Close()
	if diff := part.Identity.Differences(r.Identity); len(diff) > 0 {
		return fmt.Errorf("%s is of another table: %s", p.path, diff[0])
	}
	if first, end := r.span(s); p.first+part.NumRows > end-first {
		return fmt.Errorf("%s has %d rows from row %d on, of a file of %d", p.path, part.NumRows, p.first, end-first)
	}
	rows, err := shardRowsOf(part)
	if err == nil {
		p.from, err = inputsOf(filepath.Dir(p.path), part.Own, rows)
	}
	for i := range rows {
		if rows[i].Status != outputs.StatusOK {
			p.bad = append(p.bad, i)
		}
	}
	return err
}

// segment is one in the making. What goes wrong with it costs work after a kill, and nothing now: it is told, and no
// more rows of the file are kept.
type segment struct {
	r     *Run
	in    place.Place // its folder
	to    *outputs.ShardWriter
	from  []outputs.RowInput
	since time.Time
	off   int // of this file, from 1, no more rows are kept
}

// put keeps a row of a file.
func (g *segment) put(s, row int, of outputs.Row, from outputs.Input) {
	if g == nil || g.off == s+1 {
		return
	}
	err := g.write(s, row, of, from)
	if err == nil && time.Since(g.since) >= g.r.keeping.every {
		err = g.commit()
	}
	g.trouble(s, err)
}

// end keeps the rows of a file that there are, when no more come.
func (g *segment) end(s int) {
	if g != nil && g.to != nil {
		g.trouble(s, g.commit())
	}
}

// trouble tells what went wrong.
func (g *segment) trouble(s int, err error) {
	if err == nil {
		return
	}
	g.drop()
	if g.off = s + 1; g.r.Note != nil {
		g.r.Note(fmt.Sprintf("rows of %s are not kept before all of it is done: %v", outputs.ShardName(s, g.r.count), err))
	}
}

func (g *segment) write(s, row int, of outputs.Row, from outputs.Input) (err error) {
	if g.to == nil {
		g.in = g.r.in().Below(g.r.keeping.dir(s))
		err := g.in.MkdirAll(outputs.DigestsDir)
		if errors.Is(err, fs.ErrNotExist) { // another process that ended removed the folder above, which was empty
			err = g.in.MkdirAll(outputs.DigestsDir)
		}
		if err != nil {
			return err
		}
		if g.to, err = outputs.CreateSegment(g.in, planned.SegmentName(row), g.r.Columns, g.r.Identity); err != nil {
			return err
		}
		g.from, g.since = g.from[:0], time.Now()
	}
	g.from = append(g.from, outputs.RowInput{Image: of.Image, Object: of.Object, Input: from})
	return g.to.Write(of)
}

// commit gives the segment its name.
func (g *segment) commit() error {
	to := g.to
	g.to = nil
	err := to.CloseAfter(func(own string) error {
		return outputs.WriteInputs(g.in, own, g.r.Limits, g.from)
	})
	if err == nil {
		g.r.keeping.now += len(g.from)
	}
	return err
}

// drop gives the segment up.
func (g *segment) drop() {
	if g != nil && g.to != nil {
		_ = g.to.Abort() // what stays is removed with the file's others
		g.to = nil
	}
}
