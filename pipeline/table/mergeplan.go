package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/origin"
	"fc7/internal/place"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// IncompleteError is a planned table of which files are missing.
type IncompleteError struct {
	Run     string
	Files   int
	Missing []int // in order
	Tasks   []int // that they are of; nil: the plan does not say how many there are
}

func (e *IncompleteError) Error() string {
	verb, them := "are", "them"
	if len(e.Missing) == 1 {
		verb, them = "is", "it"
	}
	text := fmt.Sprintf("%s: %d of %d files %s missing: %s", e.Run, len(e.Missing), e.Files, verb, planned.Ranges(e.Missing))
	switch len(e.Tasks) {
	case 0:
	case 1:
		text += fmt.Sprintf(", of task %d", e.Tasks[0])
	default:
		text += fmt.Sprintf(", of the tasks %s", planned.Ranges(e.Tasks))
	}
	return text + fmt.Sprintf(": fc7 extract --plan %s makes %s", origin.Text(e.Run), them)
}

// MergePlanned writes the manifest of a planned table from the notes of its files, of which it looks at the sizes; with
// full it reads them, on all cores. Then what tasks left beside the table is removed. A table that is merged already is
// left as it is. An error that another try may not meet is an *IncompleteError, or one of the system's.
func MergePlanned(ctx context.Context, p *planned.Plan, full bool, progress func(done, total int)) (m outputs.Manifest, err error) {
	unlock, err := p.At().Lock(func(dir string) (func() error, error) { return lockManifest(ctx, dir) })
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	m, merged, err := mergedBefore(ctx, p)
	if err != nil {
		return outputs.Manifest{}, err
	}
	var notes []*planned.Done
	if !merged {
		if m, notes, err = gathered(ctx, p); err != nil {
			return m, err
		}
	}
	if full {
		if err := readBack(ctx, p, m, progress); err != nil {
			return m, err
		}
	}
	if !merged {
		if err := errors.Join(sweepPlanned(p, notes), publish(ctx, p, &m)); err != nil {
			return m, err
		}
	}
	if err := removeDeadOf(p); err != nil { // of a merged table too: a task may have begun to change it
		return m, err
	}
	if merged { // a task may have told more since
		if _, err := p.KeepStarts(ctx); err != nil {
			return m, err
		}
	}
	return m, p.Clear()
}

// mergedBefore is the manifest of a table that is merged already. One of which a file was replaced since, or whose
// manifest is damaged, is merged no more; where one is lost, that is an *IncompleteError, and where one has another
// size, a *planned.Error.
func mergedBefore(ctx context.Context, p *planned.Plan) (m outputs.Manifest, merged bool, err error) {
	m, err = outputs.ReadManifestIn(p.At())
	if damaged := new(outputs.ManifestError); errors.Is(err, fs.ErrNotExist) || errors.As(err, &damaged) {
		return outputs.Manifest{}, false, nil
	}
	if err != nil {
		return m, false, err
	}
	old, err := outdated(ctx, p, m)
	if old && err == nil {
		return outputs.Manifest{}, false, dropManifest(p.At())
	}
	if err != nil {
		return m, false, err
	}
	missing, damaged, err := p.Lost(ctx, 0, p.Files, &m)
	switch {
	case err != nil:
	case len(missing) > 0:
		err = incomplete(p, missing)
	default:
		err = damaged
	}
	return m, true, err
}

// publish writes the manifest, and takes it back where a task replaced a file just then: on a store no lock keeps it
// away. Where another merge did so just then, it is that one, which must be of the same files.
func publish(ctx context.Context, p *planned.Plan, m *outputs.Manifest) error {
	err := m.Publish(p.At())
	if err == nil {
		var old bool
		if old, err = outdated(ctx, p, *m); old && err == nil {
			err = errors.Join(fmt.Errorf("%s: a file of the table: %w: merge again when no task is at it", p.Run(), place.ErrReplaced), dropManifest(p.At()))
		}
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	there, err := outputs.ReadManifestIn(p.At())
	if damaged := new(outputs.ManifestError); errors.As(err, &damaged) {
		if err := dropManifest(p.At()); err != nil {
			return err
		}
		return m.Publish(p.At())
	}
	if err != nil {
		return err
	}
	if !slices.Equal(there.Files, m.Files) {
		return &ConflictError{fmt.Sprintf("%s is of other files than those of the plan: remove it, and merge again", p.At().At(outputs.ManifestName))}
	}
	*m = there
	return nil
}

// gathered is the manifest of all files, and their notes.
func gathered(ctx context.Context, p *planned.Plan) (m outputs.Manifest, notes []*planned.Done, err error) {
	notes, missing, err := p.Notes(ctx)
	if err != nil {
		return m, nil, err
	}
	if len(missing) > 0 {
		return m, nil, incomplete(p, missing)
	}
	m = outputs.Manifest{DataSet: p.DataSet, Weights: p.Weights, RandomWeights: p.Random, Identity: p.Identity, Columns: p.Columns, Shards: p.Files, Limits: p.Limits}
	for _, n := range notes {
		m.Files = append(m.Files, n.File)
		m.Counts.Add(n.File)
	}
	if m.Counts.Inputs != p.Items {
		return m, nil, fmt.Errorf("all files have %d rows, want %d, one for each input", m.Counts.Inputs, p.Items)
	}
	m.Program, m.Go, m.Platform = origin.Program()
	starts, err := p.KeepStarts(ctx)
	m.Timings, m.Made = starts.Timings(), starts.Command()
	return m, notes, err
}

// incomplete is the error of files that are missing.
func incomplete(p *planned.Plan, missing []int) error {
	e := &IncompleteError{Run: p.Run(), Files: p.Files, Missing: missing}
	if p.Tasks > 0 {
		e.Tasks = p.TasksOf(missing, p.Tasks)
	}
	return e
}

// readBack reads all files, which must be what the manifest says.
func readBack(ctx context.Context, p *planned.Plan, m outputs.Manifest, progress func(done, total int)) error {
	work := pool.New().WithMaxGoroutines(runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	var mu sync.Mutex
	done := 0
	for i, want := range m.Files {
		work.Go(func(ctx context.Context) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			c, err := checkOf(p, i)
			if err != nil {
				return err
			}
			path := p.At().At(p.File(i))
			if len(c.Problems) == 0 && c.File != want {
				c.Problems = []string{fmt.Sprintf("it is not the file that its task made (sha256 %.12s…, want %.12s…)", c.SHA256, want.SHA256)}
			}
			if len(c.Problems) > 0 {
				return &ConflictError{fmt.Sprintf("%s: %s: %s", path, strings.Join(c.Problems, "; "), removeShard)}
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done, len(m.Files))
			return nil
		})
	}
	return work.Wait()
}

// checkOf reads a file of the table.
func checkOf(p *planned.Plan, file int) (c *outputs.ShardCheck, err error) {
	path, release, err := p.At().Local(p.File(file))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	return outputs.CheckShard(path, nil)
}
