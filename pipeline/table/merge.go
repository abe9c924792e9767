package table

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/stream"

	"fc7/internal/atomicfile"
	"fc7/internal/origin"
	"fc7/internal/place"
	"fc7/outputs"
)

// MergeJob joins the shards that several machines, or runs, made of one table.
type MergeJob struct {
	Out  string
	In   []string // run folders or folders of shards
	Copy bool     // copy files; else link them where the file system can
}

// MergeResult is a table that was put together.
type MergeResult struct {
	Out      string
	Manifest outputs.Manifest
	Linked   int // files
	Copied   int
	There    int // that were in Out already
	Notes    []string

	digested int // shards with digests of their images
}

// source is a shard that is to be part of the table.
type source struct {
	path   string
	check  *outputs.ShardCheck
	limits outputs.Limits // zero: not recorded
}

// merger holds the shards by their place in the table.
type merger struct {
	MergeJob
	shards []*source
	first  *source
	known  *source // the first one whose limits are recorded
	runs   map[string]*recorded
	parts  []outputs.Manifest // of all runs, as far as there are some
	notes  []string
}

// Merge checks that the inputs are parts of one table, that every shard is there, whole and undamaged, and that those
// that are there twice are equal; only then does it put them into Out, which may hold some already, and write the
// manifest. progress is told how many shards are checked.
func Merge(ctx context.Context, j MergeJob, progress func(done, total int)) (_ *MergeResult, err error) {
	m := &merger{MergeJob: j, runs: map[string]*recorded{}}
	if err := m.gather(ctx, progress); err != nil {
		return nil, err
	}
	if err := m.gaps(); err != nil {
		return nil, err
	}
	if err := m.readParts(); err != nil {
		return nil, err
	}
	features := filepath.Join(j.Out, outputs.FeaturesDir)
	if err := atomicfile.MkdirAll(features); err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	unlock, err := LockShards(j.Out, 0, len(m.shards))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := errors.Join(removeDead(place.Folder(j.Out), outputs.FeaturesDir, 0, len(m.shards), len(m.shards)), sweepBeside(j.Out)); err != nil {
		return nil, err
	}
	if err := atomicfile.MkdirAll(filepath.Join(j.Out, outputs.DigestsDir)); err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	res := &MergeResult{Out: j.Out, Notes: m.notes}
	for _, s := range m.shards {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := m.bring(s, features, res); err != nil {
			return nil, err
		}
	}
	if n := len(m.shards) - res.digested; n > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%d of %d shards have no digests of their images beside them: fc7 extract --update would compute their rows again", n, len(m.shards)))
	}
	if res.Manifest, err = m.manifest(); err != nil {
		return nil, err
	}
	if err := res.Manifest.Write(j.Out); err != nil {
		return nil, err
	}
	return res, nil
}

// gather finds the shards of Out and of all inputs, checks them on all cores, and takes them in their order.
func (m *merger) gather(ctx context.Context, progress func(done, total int)) error {
	paths, err := m.paths()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	done := 0
	s := stream.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for _, path := range paths {
		s.Go(func() stream.Callback {
			if ctx.Err() != nil {
				return func() {}
			}
			c, err := outputs.CheckShard(path, nil)
			return func() {
				if ctx.Err() != nil {
					return
				}
				if err == nil {
					err = m.take(path, c)
				}
				if err != nil {
					failed = err
					stop()
					return
				}
				done++
				progress(done, len(paths))
			}
		})
	}
	s.Wait()
	return cmp.Or(failed, ctx.Err())
}

// paths are the shards of Out and of all inputs.
func (m *merger) paths() ([]string, error) {
	var paths []string
	for i, in := range append([]string{m.Out}, m.In...) {
		dir := in
		if sub := filepath.Join(in, outputs.FeaturesDir); isDir(sub) {
			dir = sub
		}
		names, _, err := outputs.ListShards(dir)
		if i == 0 && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("merging %s: %w", in, err)
		}
		before := len(paths)
		for _, name := range names {
			paths = append(paths, filepath.Join(dir, name))
		}
		if i > 0 && len(paths) == before {
			return nil, fmt.Errorf("%s holds no shard of a table (%s): is it a run's folder?", in, outputs.ShardName(0, 1))
		}
	}
	return paths, nil
}

func isDir(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.IsDir()
}

// take puts a checked shard in its place.
func (m *merger) take(path string, c *outputs.ShardCheck) error {
	if len(c.Problems) > 0 {
		return fmt.Errorf("%s cannot be part of a table: %s", path, strings.Join(c.Problems, "; "))
	}
	limits, _, err := m.run(filepath.Dir(path)).of(path, c.Digests.Own, c.Rows, c.Identity) // of damage tells bringInputs
	if err != nil {
		return err
	}
	s := &source{path, c, limits}
	if m.first == nil {
		m.first, m.shards = s, make([]*source, c.Mark.Count)
	}
	diff := m.first.check.Identity.Differences(c.Identity)
	if len(diff) == 0 && c.Mark.Count != len(m.shards) {
		diff = []string{fmt.Sprintf("shards: table has %d, now %d (another number of rows a shard)", len(m.shards), c.Mark.Count)}
	}
	if len(diff) == 0 && !slices.Equal(c.Columns, m.first.check.Columns) {
		diff = []string{"columns: others"}
	}
	other := m.first
	if m.known == nil && s.limits != (outputs.Limits{}) {
		m.known = s
	}
	if len(diff) == 0 && s.limits != (outputs.Limits{}) && s.limits != m.known.limits {
		other, diff = m.known, []string{limitsDiffer(m.known.limits, s.limits)}
	}
	if len(diff) > 0 {
		return fmt.Errorf("%s and %s are of different tables, which are not mixed:\n  %s", other.path, path, strings.Join(diff, "\n  "))
	}
	other = m.shards[c.Mark.Index]
	switch {
	case other == nil:
		m.shards[c.Mark.Index] = s
	case other.check.SHA256 == c.SHA256:
		m.notes = append(m.notes, fmt.Sprintf("%s and %s are the same shard, with the same bytes", other.path, path))
	default:
		return fmt.Errorf("%s (%d failed rows) and %s (%d) are the same shard with other bytes: remove the one that you do not want",
			other.path, other.check.Failed, path, c.Failed)
	}
	return nil
}

// gaps tells which shards are missing, as ranges.
func (m *merger) gaps() error {
	if m.first == nil {
		return errors.New("there is nothing to merge")
	}
	var ranges []string
	n := 0
	for i := 0; i < len(m.shards); i++ {
		from := i
		for i < len(m.shards) && m.shards[i] == nil {
			i++
		}
		switch i - from {
		case 0:
			continue
		case 1:
			ranges = append(ranges, fmt.Sprint(from))
		default:
			ranges = append(ranges, fmt.Sprintf("%d to %d", from, i-1))
		}
		n += i - from
	}
	if n > 0 {
		return fmt.Errorf("%d of %d shards are in none of the folders (%s): let their machines finish, or run the same extraction without a share to complete the table",
			n, len(m.shards), strings.Join(ranges, ", "))
	}
	for _, s := range m.shards[:len(m.shards)-1] {
		if a, b := m.shards[0], s; a.check.Rows != b.check.Rows {
			return fmt.Errorf("%s has %d rows and %s %d: they were made with other rows a shard, and do not fit together", a.path, a.check.Rows, b.path, b.check.Rows)
		}
	}
	return nil
}

// bring puts a shard into the table's folder, unless it is there.
func (m *merger) bring(s *source, features string, res *MergeResult) error {
	there := filepath.Dir(s.path) == filepath.Clean(features)
	if err := m.bringInputs(s, there, res); err != nil {
		return err
	}
	if there {
		res.There++
		return nil
	}
	linked, err := atomicfile.Bring(s.path, filepath.Join(features, filepath.Base(s.path)), m.Copy)
	if err != nil {
		return err
	}
	if linked {
		res.Linked++
	} else {
		res.Copied++
	}
	return nil
}

// bringInputs copies what the rows of a shard were computed from, where that is known, unless it is there.
func (m *merger) bringInputs(s *source, there bool, res *MergeResult) error {
	from, err := outputs.ReadInputs(RunFolder(filepath.Dir(s.path)), s.check.Digests.Own, s.check.Rows)
	if isUnknown(err) {
		return nil
	}
	if isDisk(err) {
		return err
	}
	if err != nil {
		res.Notes = append(res.Notes, err.Error())
		return nil
	}
	res.digested++
	if there {
		return nil
	}
	return outputs.WriteInputs(place.Folder(m.Out), s.check.Digests.Own, s.limits, from)
}

// run is what is recorded of the run that a folder, or its features, belong to; its manifests are read once.
func (m *merger) run(dir string) *recorded {
	dir = filepath.Clean(RunFolder(dir))
	if m.runs[dir] == nil {
		m.runs[dir] = newRecorded(dir)
	}
	return m.runs[dir]
}

// readParts reads the manifests of all runs, before anything is written.
func (m *merger) readParts() error {
	seen := map[*recorded]bool{}
	for _, in := range append([]string{m.Out}, m.In...) {
		run := m.run(in)
		if seen[run] {
			continue
		}
		seen[run] = true
		parts, err := run.manifests()
		if err != nil {
			return err
		}
		for _, p := range parts {
			if d := m.first.check.Identity.Differences(p.Identity); len(d) > 0 {
				m.notes = append(m.notes, fmt.Sprintf("a manifest in %s is of another table, and is left out: %s", run.run, strings.Join(d, "; ")))
				continue
			}
			m.parts = append(m.parts, p)
		}
	}
	return nil
}

// manifest is that of the whole table; what the parts' manifests tell is put together.
func (m *merger) manifest() (outputs.Manifest, error) {
	c := m.first.check
	out := outputs.Manifest{Identity: c.Identity, Columns: c.Columns, Shards: len(m.shards)}
	for _, s := range m.shards {
		out.Files = append(out.Files, s.check.File)
		out.Counts.Add(s.check.File)
	}
	if want := c.Identity.Inputs.Count; out.Counts.Inputs != want {
		return out, fmt.Errorf("all shards have %d rows, want %d, one for each input", out.Counts.Inputs, want)
	}
	for _, p := range m.parts {
		addPart(&out, p)
	}
	out.Program, out.Go, out.Platform = origin.Program()
	return out, nil
}

// partsListed names the manifests of parts in a folder.
func partsListed(dir string) []string {
	names, _ := fs.Glob(os.DirFS(dir), "manifest-*-of-*.json") // the pattern is sound, and the folder is none
	return names
}

// partManifests reads what is known of a folder's runs: the manifest of the table, or those of parts.
func partManifests(dir string) ([]outputs.Manifest, error) {
	names := []string{outputs.ManifestName}
	if _, err := os.Lstat(filepath.Join(dir, outputs.ManifestName)); errors.Is(err, fs.ErrNotExist) {
		names = partsListed(dir)
	}
	var all []outputs.Manifest
	for _, n := range names {
		m, err := outputs.ReadManifestAs(dir, n)
		if damaged := new(outputs.ManifestError); errors.As(err, &damaged) {
			return nil, fmt.Errorf("%w; remove it to do without what it tells of the run", damaged.Err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// addPart adds a part's origin and timings: from the first start to the last end, the work summed.
func addPart(m *outputs.Manifest, p outputs.Manifest) {
	if m.DataSet == "" {
		m.DataSet, m.Weights, m.Limits = p.DataSet, p.Weights, p.Limits
	}
	t, u := &m.Timings, p.Timings
	if t.Started.IsZero() || u.Started.Before(t.Started) {
		t.Started = u.Started
	}
	if u.Finished.After(t.Finished) {
		t.Finished = u.Finished
	}
	t.Reading += u.Reading
	t.Waiting += u.Waiting
	t.Computing += u.Computing
	t.Writing += u.Writing
	t.Computed += u.Computed
}
