package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/sourcegraph/conc/stream"

	"fc7/datasets"
	"fc7/extract"
	"fc7/outputs"
)

// VerifyJob says which table to check, and how deeply.
type VerifyJob struct {
	Run string // run folder, folder of shards, or one file

	Sample  int              // descriptors to compute again from their images; 0: none
	Seed    uint64           // of their choice
	DataSet string           // empty: the manifest's
	Choice  datasets.Options // that the table's rows were chosen with
	Weights string           // empty: the manifest's
	Threads int
	Decode  extract.DecodeOptions
}

// VerifyResult is what Verify found. A table without Problems is sound.
type VerifyResult struct {
	Run      string            `json:"run"`
	Identity *outputs.Identity `json:"identity,omitempty"`
	Shards   int               `json:"shards"` // that are there
	Counts   outputs.Counts    `json:"counts"`
	Manifest bool              `json:"manifest"` // there is one, and it was compared
	Sampled  *Sampled          `json:"sampled,omitempty"`
	Problems []Problem         `json:"problems"`
	Notes    []string          `json:"notes,omitempty"`
}

// Problem is something wrong, and in which file below the run's folder.
type Problem struct {
	File    string `json:"file"`
	Problem string `json:"problem"`
}

func (v *VerifyResult) problem(file, format string, args ...any) {
	v.Problems = append(v.Problems, Problem{file, fmt.Sprintf(format, args...)})
}

func (v *VerifyResult) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// verifier holds what is known while the shards go by, in order.
type verifier struct {
	VerifyResult
	dir   string // of the shards
	first *outputs.ShardCheck
	count int // shards the table must have
	files map[string]outputs.File
	keys  map[key]struct{}
	list  *outputs.Digest // of the items, as inputs computes it
	rows  []int           // of each shard, of those that are there
	names []string
	okay  sampler
}

// Verify reads a whole table and checks it: each shard's digest, pages and rows; one identity,
// one list of columns; every shard there and none besides; each key once; keys, labels and
// splits in the order of the list of inputs; inputs = ok + failed; the manifest. It then computes some
// descriptors again from the images. The error is that of a check that could not be made.
func Verify(ctx context.Context, j VerifyJob, ev Events) (*VerifyResult, error) {
	v := &verifier{keys: map[key]struct{}{}, list: outputs.NewDigest(), files: map[string]outputs.File{}}
	v.Run, v.Problems = j.Run, []Problem{}
	names, err := v.find(j.Run)
	if err != nil {
		return nil, err
	}
	v.okay = newSampler(j.Sample, j.Seed)
	if err := v.shards(ctx, names, ev.serial()); err != nil {
		return nil, err
	}
	v.whole()
	m := v.manifest(j.Run)
	if j.Sample > 0 && v.first != nil {
		if err := v.sample(ctx, j, m, Events{Note: ev.Note}); err != nil {
			return nil, fmt.Errorf("computing descriptors again: %w", err)
		}
	}
	return &v.VerifyResult, nil
}

// find lists the shards, and what should not be beside them.
func (v *verifier) find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening a feature table: %w", err)
	}
	if !info.IsDir() {
		v.dir = filepath.Dir(path)
		return []string{filepath.Base(path)}, nil
	}
	v.dir = path
	if sub, err := os.Stat(filepath.Join(path, outputs.FeaturesDir)); err == nil && sub.IsDir() {
		v.dir = filepath.Join(path, outputs.FeaturesDir)
		v.temporaries(path)
	}
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return nil, fmt.Errorf("opening a feature table: %w", err)
	}
	var names []string
	present := map[int]bool{}
	for _, e := range entries {
		i, n, ok := outputs.ParseShardName(e.Name())
		switch {
		case !ok && (v.dir != path || outputs.IsTemp(e.Name())):
			v.stray(e.Name())
		case !ok:
		case v.count != 0 && n != v.count:
			v.problem(e.Name(), "a shard of another table: others are of %d", v.count)
		default:
			v.count, present[i] = n, true
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, outputs.NoTable(path)
	}
	for i := range v.count {
		if !present[i] {
			v.problem(outputs.ShardName(i, v.count), "it is missing")
		}
	}
	return names, nil
}

func (v *verifier) stray(name string) {
	if outputs.IsTemp(name) {
		v.problem(name, "a temporary file that a killed run left; the next run of the same command removes it")
		return
	}
	v.problem(name, "no file of a feature table")
}

// temporaries looks for what killed runs left in the run's folder.
func (v *verifier) temporaries(run string) {
	entries, err := os.ReadDir(run)
	if err != nil {
		v.problem(run, "%v", err)
	}
	for _, e := range entries {
		if outputs.IsTemp(e.Name()) {
			v.stray(e.Name())
		}
	}
}

// shardRows is a checked shard with its rows' own columns.
type shardRows struct {
	name  string
	check *outputs.ShardCheck
	rows  []outputs.Row
	err   error
}

// shards checks the shards on all cores, and puts them together in their order.
func (v *verifier) shards(ctx context.Context, names []string, ev Events) error {
	var failed error
	done := 0
	s := stream.New().WithMaxGoroutines(runtime.GOMAXPROCS(0))
	for _, name := range names {
		if ctx.Err() != nil {
			break
		}
		s.Go(func() stream.Callback {
			r := shardRows{name: name}
			if ctx.Err() == nil {
				r.check, r.err = outputs.CheckShard(filepath.Join(v.dir, name), func(row *outputs.Row) { r.rows = append(r.rows, *row) })
			}
			return func() {
				if r.err != nil && failed == nil {
					failed = r.err
				}
				if r.check != nil && failed == nil {
					v.add(r)
				}
				done++
				ev.progress(Progress{Total: len(names), Done: done})
			}
		})
	}
	s.Wait()
	return errors.Join(failed, ctx.Err())
}

// add takes the next shard.
func (v *verifier) add(r shardRows) {
	c := r.check
	v.Shards++
	v.names, v.rows = append(v.names, r.name), append(v.rows, c.Rows)
	v.files[r.name] = c.File
	for _, p := range c.Problems {
		v.problem(r.name, "%s", p)
	}
	if c.Columns == nil {
		return // it could not be opened
	}
	if v.first == nil {
		v.first = c
		v.Identity = &c.Identity
		if v.count == 0 {
			v.count = c.Mark.Count
		}
		if c.Digests.Own == "" {
			v.note("table format %d: its files carry no digest of their own", c.Identity.Format)
		}
	}
	for _, d := range v.first.Identity.Differences(c.Identity) {
		v.problem(r.name, "it is of another run than %s: %s", v.first.Name, strings.ReplaceAll(strings.ReplaceAll(d, "table has", "that has"), "now", "this"))
	}
	if fmt.Sprint(v.first.Columns) != fmt.Sprint(c.Columns) {
		v.problem(r.name, "it has other columns than %s", v.first.Name)
	}
	v.Counts.Inputs += c.Rows
	v.Counts.Failed += c.Failed
	v.Counts.OK = v.Counts.Inputs - v.Counts.Failed
	for i := range r.rows {
		v.row(r.name, len(v.names)-1, i, &r.rows[i])
	}
}

// row checks a row against all before it.
func (v *verifier) row(file string, shard, i int, row *outputs.Row) {
	k := keyOf(row)
	if _, ok := v.keys[k]; ok {
		v.problem(file, "row %d: %s is in the table twice", i, rowName(row))
	}
	v.keys[k] = struct{}{}
	v.list.Add(itemFields(row.Image, row.Object, "")...)
	v.list.Add(row.Labels...)
	v.list.Add(row.Ignored...)
	v.list.Add(row.Splits...)
	if row.Status == outputs.StatusOK {
		v.okay.offer(sampledRow{shard, i, row.Image, row.Object, row.Width, row.Height})
	}
}

// whole checks what all shards are together.
func (v *verifier) whole() {
	if v.first == nil || v.Shards < v.count || len(v.Problems) > 0 {
		return
	}
	in := v.first.Identity.Inputs
	if v.Counts.Inputs != in.Count {
		v.problem(v.first.Name, "all shards have %d rows, the list of inputs has %d", v.Counts.Inputs, in.Count)
		return
	}
	if in.SHA256 == "" {
		v.note("the table is a part of another, without a list of inputs of its own to compare its rows with")
		return
	}
	if in.Boxes > 0 {
		v.note("rows of boxes: their list is compared with a data set alone")
		return
	}
	if sum := v.list.Sum(); sum != in.SHA256 {
		v.problem(v.first.Name, "keys, labels and splits of all rows have the digest %.12s…, those of the list of inputs %.12s…: rows were changed or moved", sum, in.SHA256)
	}
}

// manifest holds the manifest of the run's folder, if there is one, against the files.
func (v *verifier) manifest(run string) *outputs.Manifest {
	if _, _, ok := outputs.ParseShardName(filepath.Base(run)); !ok && filepath.Ext(run) == ".parquet" {
		return nil // a file by itself, whatever run's folder it is in
	}
	folder := runFolder(run)
	m, err := outputs.ReadManifest(folder)
	if errors.Is(err, fs.ErrNotExist) {
		v.note("no %s: the run is not finished, or only its table was kept", outputs.ManifestName)
		return nil
	}
	const name = outputs.ManifestName
	if err != nil {
		v.problem(name, "%v", err)
		return nil
	}
	if v.first == nil {
		return &m
	}
	v.Manifest = true
	for _, d := range m.Identity.Differences(v.first.Identity) {
		v.problem(name, "the manifest is of another table: %s", strings.ReplaceAll(strings.ReplaceAll(d, "table has", "it says"), "now", "the files say"))
	}
	if len(m.Files) == 0 {
		v.note("the manifest lists no files: it is of an older fc7")
	}
	for _, f := range m.Files {
		now, ok := v.files[f.Name]
		if ok && now != f {
			v.problem(f.Name, "it is not the file that the manifest lists (%s)", fileDifference(f, now))
		}
	}
	if v.Shards == v.count && m.Counts != v.Counts {
		v.problem(name, "it counts %d inputs, %d ok and %d failed; the files have %d, %d and %d",
			m.Counts.Inputs, m.Counts.OK, m.Counts.Failed, v.Counts.Inputs, v.Counts.OK, v.Counts.Failed)
	}
	return &m
}

func fileDifference(then, now outputs.File) string {
	switch {
	case then.Bytes != now.Bytes:
		return fmt.Sprintf("%d bytes, listed %d", now.Bytes, then.Bytes)
	case then.SHA256 != now.SHA256:
		return fmt.Sprintf("sha256 %.12s…, listed %.12s…", now.SHA256, then.SHA256)
	}
	return fmt.Sprintf("%d rows and %d failed, listed %d and %d", now.Rows, now.Failed, then.Rows, then.Failed)
}

// sameInputs compares the table's list of inputs with that of a data set.
func sameInputs(set *datasets.Set, id outputs.Identity) []string {
	now := id
	now.Inputs = inputs(set)
	return id.InputDifferences(now)
}
