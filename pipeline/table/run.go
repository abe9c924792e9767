package table

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"fc7/internal/atomicfile"
	"fc7/internal/place"
	"fc7/outputs"
)

// Run is a run's folder: what it is to hold, and which shards of it are done.
type Run struct {
	Plan
	Retried Retried
	Updated *Updated     // nil: no update was asked for
	Note    func(string) // is told what is damaged; may be nil

	features   string
	recorded   *recorded
	count      int // shards
	first, end int // shards that are this process's to make
	done       []bool
	retry      map[int][]int   // shard to its failed items, to be tried again
	broken     []int           // of these, the items whose images were the ones that were planned
	changed    map[int]bool    // shards that this process wrote
	raised     map[int]bool    // shards that were made with lower limits
	told       map[string]bool // shards of which a note was made
	update     *update         // of another table to this; nil: none
	keeping    *keeping        // of files that are not done, their first rows; nil: none are kept
	share      *share          // of a planned table; nil: it is none
	renew      bool            // rows that are computed again take the place of the old ones, whatever became of them
}

// Plan says what a run's folder is to hold.
type Plan struct {
	Out      string // the folder
	Identity outputs.Identity
	Columns  []outputs.Column
	Items    int  // rows of the table
	Rows     int  // a shard
	Part     Part // this process's share
	Limits   outputs.Limits
	Raise    bool // the limits may be higher than those of shards that are done, whose failed rows are tried again
}

// New divides a table into shards. Nothing is opened yet.
func New(p Plan) (*Run, error) {
	if p.Rows < 1 {
		return nil, fmt.Errorf("%d rows a shard: want 1 or more", p.Rows)
	}
	if err := outputs.CheckShards(p.Items, p.Rows); err != nil {
		return nil, err
	}
	r := &Run{Plan: p, changed: map[int]bool{}, raised: map[int]bool{}, told: map[string]bool{}}
	r.place(p.Out)
	r.count = (r.Items + r.Rows - 1) / r.Rows
	r.first, r.end = p.Part.Shards(r.count)
	return r, nil
}

// place sets the run's folder.
func (r *Run) place(out string) {
	r.Out, r.features, r.recorded = out, filepath.Join(out, outputs.FeaturesDir), newRecorded(out)
}

// maxFolders bounds how many folders OpenNew tries.
const maxFolders = 1000

// OpenNew opens the first of OUT, OUT-2, OUT-3, … that holds nothing, or this run already, of the images as they are.
// Where that is not OUT itself, note is told why.
func (r *Run) OpenNew(ctx context.Context, look Look, note func(string)) (unlock func() error, err error) {
	base := r.Out
	var first *MismatchError
	for n := 2; ; n++ {
		unlock, err := r.Open(ctx, look)
		var m *MismatchError
		if !errors.As(err, &m) || n > maxFolders {
			if err == nil && first != nil {
				note(fmt.Sprintf("%s holds a table with other settings (%s): this one is in %s", base, first.brief(), r.Out))
			}
			return unlock, err
		}
		if first == nil {
			first = m
		}
		r.place(fmt.Sprintf("%s-%d", filepath.Clean(base), n))
	}
}

// Open makes the folder, locks this process's shards, and looks for what earlier runs finished, which must be of the
// images as they are; see checkImages.
func (r *Run) Open(ctx context.Context, look Look) (unlock func() error, err error) {
	if unlock, err = r.open(ctx); err != nil {
		return nil, err
	}
	if err := r.checkImages(ctx, look); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return r.findOwnKept(ctx, look, unlock)
}

// open makes the folder, locks this process's shards, and looks for what earlier runs finished. Where that is refused
// no folder of the table is left that was not there, unless another process is at work in it.
func (r *Run) open(ctx context.Context) (unlock func() error, err error) {
	undo, err := place.MakeFolder(r.in(), outputs.FeaturesDir)
	if err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	if _, err := r.in().Room(0); err != nil {
		return nil, err
	}
	made := undo
	undo = func() { whileIdle(r.Out, made) }
	unlock, err = r.lock(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.in().MkdirAll(outputs.FeaturesDir); err != nil { // one that was refused meanwhile may have removed its own
		return nil, errors.Join(fmt.Errorf("making the run's folder: %w", err), unlock())
	}
	if err := r.checkPlan(ctx); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := r.look(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := r.checkManifest(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := r.tidy(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return unlock, nil
}

// tidy removes what killed runs left of this process's shards and beside the table, and makes the folder of what rows
// are computed from.
func (r *Run) tidy() error {
	if err := removeDead(place.Folder(r.features), ".", r.first, r.end, r.count); err != nil {
		return err
	}
	if err := sweepBeside(r.Out); err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(filepath.Join(r.Out, outputs.DigestsDir)); err != nil {
		return fmt.Errorf("making the run's folder: %w", err)
	}
	return nil
}

// sweepBeside removes what killed runs left in a run's folder, of names that no living process makes.
func sweepBeside(run string) error {
	return atomicfile.Sweep(run, filepath.Join(run, outputs.DigestsDir))
}

// removeDead removes the temporary files that killed runs left of shards first to end-1 of count in a folder of a
// place.
func removeDead(in place.Place, dir string, first, end, count int) error {
	err := in.Sweep(dir, func(temp string) bool {
		i, n, ok := outputs.ParseTempName(temp)
		return ok && n == count && i >= first && i < end
	})
	if err != nil {
		return fmt.Errorf("removing what a killed run left: %w", err)
	}
	return nil
}

// shardFolder is the folder of shard s.
func (r *Run) shardFolder(s int) string {
	switch {
	case r.share != nil:
		return outputs.ShardFolder(r.features, s, r.count)
	case r.update == nil && outputs.InThousands(r.features):
		return outputs.FolderOfThousand(r.features, s)
	}
	return r.features
}

// shardPath is the file of shard s.
func (r *Run) shardPath(s int) string {
	return filepath.Join(r.shardFolder(s), outputs.ShardName(s, r.count))
}

// span is the range of items of shard s.
func (r *Run) span(s int) (first, end int) {
	return s * r.Rows, min((s+1)*r.Rows, r.Items)
}

// Total is the number of this process's items.
func (r *Run) Total() int {
	if r.first == r.end {
		return 0
	}
	_, end := r.span(r.end - 1)
	return end - r.first*r.Rows
}

// Pending lists the items to compute, in order: those of shards that are not done, and failed ones that are tried
// again.
func (r *Run) Pending() []int {
	var items []int
	for s := r.first; s < r.end; s++ {
		if r.done[s] {
			items = append(items, r.retry[s]...)
			continue
		}
		for i, end := r.span(s); i < end; i++ {
			if !r.isKept(i) {
				items = append(items, i)
			}
		}
	}
	return items
}

// RowsDone counts the rows of this process's shards that are done, or kept.
func (r *Run) RowsDone() int {
	n := 0
	if r.keeping != nil {
		n = r.keeping.now
	}
	for s := r.first; s < r.end; s++ {
		if r.done[s] {
			i, end := r.span(s)
			n += end - i
		} else if r.keeping != nil && r.keeping.kept[s] != nil {
			first, _ := r.span(s)
			for i := range r.keeping.kept[s].rows {
				if r.isKept(first + i) {
					n++
				}
			}
		}
	}
	return n
}

// missing lists the shards of the whole table that are not done, by name.
func (r *Run) missing() []string {
	var names []string
	for s, done := range r.done {
		if !done {
			names = append(names, outputs.ShardName(s, r.count))
		}
	}
	return names
}

// Shards is the number of this process's shards.
func (r *Run) Shards() int { return r.end - r.first }

// RunFolder is the folder of a run, for the ways to name its table.
func RunFolder(features string) string {
	features = filepath.Clean(features)
	if filepath.Ext(features) == ".parquet" {
		features = filepath.Dir(features)
	}
	if above := filepath.Dir(features); filepath.Base(above) == outputs.FeaturesDir && outputs.InThousands(above) {
		features = above
	}
	if filepath.Base(features) == outputs.FeaturesDir {
		features = filepath.Dir(features)
	}
	return features
}
