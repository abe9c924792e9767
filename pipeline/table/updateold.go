package table

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/stream"

	"fc7/internal/machine"
	"fc7/outputs"
)

// oldRow is a row that an update may keep.
type oldRow struct {
	shard, row  int32
	ok          bool // it has descriptors
	known       bool // from is what it was computed from
	lost        bool // it had descriptors, in a damaged file
	key, labels key
	path        key
	from        outputs.Input
}

// oldRows are the rows of a table and of updates of it that were not finished.
type oldRows struct {
	paths    []string // of shards
	rows     []oldRow
	table    int               // the first so many rows are the table's
	shards   int               // of the table that are there
	identity *outputs.Identity // of the table; nil: there is none
	spans    map[int][2]int    // of the table's shards: how many there should be, and the rows of each
	byKey    map[key]int32     // rows of the table
	byBytes  map[key]int32     // rows with descriptors whose image is known, by that and the box

	without int // rows of the table with descriptors, of an image that is not known
}

// oldShard is a shard whose rows may be kept.
type oldShard struct {
	path     string
	mine     bool // of the table
	identity outputs.Identity
	index    int
	count    int
	rows     []oldRow
	notes    []string
	fits     bool
	without  int
	err      error
}

// loadOld reads the rows, without descriptors, of the table and of updates that were not finished.
func loadOld(ctx context.Context, r *Run, u *update) (*oldRows, error) {
	o := &oldRows{spans: map[int][2]int{}, byKey: map[key]int32{}, byBytes: map[key]int32{}}
	var failed error
	at := "" // the shard that it is of
	s := stream.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for n, dir := range append([]string{u.real}, u.stale...) {
		names, err := shardNames(dir)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			s.Go(func() stream.Callback {
				shard := oldShard{path: filepath.Join(dir, name), mine: n == 0}
				if shard.err = ctx.Err(); shard.err == nil {
					shard.read(r)
				}
				return func() {
					if failed == nil {
						failed, at = o.add(&shard, u, r), shard.path
					} else if m := new(MismatchError); errors.As(failed, &m) && shard.mine && shard.fits {
						failed = otherRun(at, m.Differences)
					}
				}
			})
		}
	}
	s.Wait()
	if failed != nil {
		return nil, failed
	}
	if o.without > 0 && !u.TrustNames {
		u.Note(fmt.Sprintf("%d of %d rows of the table have no digest of the image that they were computed from: they are computed again; --trust-names keeps those whose image has the same name",
			o.without, o.table))
	}
	return o, nil
}

// shardNames lists the shards of a folder in their order.
func shardNames(dir string) ([]string, error) {
	names, _, err := outputs.ListShards(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the run's folder: %w", err)
	}
	return names, nil
}

// read reads a shard's rows and what is known of them. A damaged shard has none.
func (o *oldShard) read(r *Run) {
	s, err := outputs.OpenShard(o.path)
	if err != nil {
		o.err = cannotUse(err)
		return
	}
	defer s.Close()
	o.identity = s.Identity
	o.index, o.count, _ = outputs.ParseShardName(filepath.Base(o.path))
	d := s.Identity.DescriptorDifferences(r.Identity)
	if len(d) == 0 && !slices.Equal(s.Columns, r.Columns) {
		d = []string{"columns: others"}
	}
	if len(d) == 0 && o.mine {
		limits, _, err := r.recorded.of(s.Path, s.Own, s.NumRows, s.Identity) // of damage tells take
		if err != nil {
			o.err = err
			return
		}
		d = r.otherLimits(limits)
	}
	switch {
	case len(d) > 0 && o.mine:
		if o.err = sound(o.path); o.err == nil {
			o.err = &MismatchError{Out: r.Out, Differences: d}
		}
		return
	case len(d) > 0:
		return
	}
	o.fits = true
	rows, err := shardRowsOf(s)
	if err != nil {
		o.err = machine.Advise(err, removeShard)
		return
	}
	o.take(r, s, rows)
}

// take notes rows, and what they were computed from.
func (o *oldShard) take(r *Run, s *outputs.Shard, rows []outputs.Row) {
	sound := true
	if d, err := outputs.FileDigests(o.path); err != nil || d.Check() != nil {
		sound = false
		o.notes = append(o.notes, fmt.Sprintf("%s is damaged: its rows are computed again", o.path))
	}
	from, err := inputsOf(r.Out, s.Own, rows)
	if isDisk(err) {
		o.err = err
		return
	}
	if err != nil && !isUnknown(err) {
		o.notes = append(o.notes, fmt.Sprintf("what the rows of %s were computed from is not known: %v", o.path, err))
	}
	for i := range rows {
		row := &rows[i]
		old := oldRow{row: int32(i), ok: sound && row.Status == outputs.StatusOK, lost: !sound && row.Status == outputs.StatusOK, key: keyOf(row), labels: labelsOf(row), path: textKey(row.Path)}
		if err == nil {
			old.from, old.known = from[i].Input, sound && from[i].Known()
		}
		if row.Status == outputs.StatusOK && !old.known {
			o.without++
		}
		o.rows = append(o.rows, old)
	}
}

// add takes the next shard's rows.
func (o *oldRows) add(s *oldShard, u *update, r *Run) error {
	for _, n := range s.notes {
		u.Note(n)
	}
	if m := new(MismatchError); errors.As(s.err, &m) && o.shards > 0 {
		return otherRun(s.path, m.Differences)
	}
	if s.err != nil || !s.fits {
		return s.err
	}
	shard := int32(len(o.paths))
	o.paths = append(o.paths, s.path)
	if s.mine {
		if o.identity == nil {
			o.identity = &s.identity
		} else if d := o.identity.Differences(s.identity); len(d) > 0 {
			return cmp.Or(sound(o.paths[shard-1]), sound(s.path), otherRun(s.path, d))
		}
		o.shards++
		o.spans[s.index] = [2]int{s.count, len(s.rows)}
		o.without += s.without
	}
	for _, row := range s.rows {
		row.shard = shard
		n := int32(len(o.rows))
		o.rows = append(o.rows, row)
		if s.mine {
			o.byKey[row.key] = n
			o.table = len(o.rows)
		}
		if row.ok && row.known {
			if _, ok := o.byBytes[bytesOf(row.from)]; !ok {
				o.byBytes[bytesOf(row.from)] = n
			}
		}
	}
	return nil
}

// fits tells whether the table's shards are divided as those of the run.
func (o *oldRows) fits(r *Run) bool {
	for i, s := range o.spans {
		if s[0] != r.count {
			return false
		}
		if first, end := r.span(i); s[1] != end-first {
			return false
		}
	}
	return true
}

// textKey is half a SHA-256, so that two texts never have one by chance.
func textKey(texts ...string) (k key) {
	h := sha256.New()
	for _, t := range texts {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(t))))
		h.Write([]byte(t))
	}
	copy(k[:], h.Sum(nil))
	return k
}

// labelsOf stands for what of a row is said by the data set and costs no computation.
func labelsOf(r *outputs.Row) key {
	var all []string
	for _, l := range [][]string{r.Labels, r.Ignored, r.Splits} {
		all = append(append(all, fmt.Sprint(len(l))), l...)
	}
	return textKey(append(all, fmt.Sprint(r.None))...)
}

// bytesOf stands for all that descriptors depend on beside the settings: the image's bytes and the box.
func bytesOf(in outputs.Input) key { return textKey(string(in.SHA256[:]), in.Box) }
