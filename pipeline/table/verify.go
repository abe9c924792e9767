package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/internal/litter"
	"fc7/internal/machine"
	"fc7/internal/mirror"
	"fc7/internal/rowkey"

	"github.com/sourcegraph/conc/stream"

	"fc7/internal/waiting"
	"fc7/outputs"
)

// Findings are what Verify found. A table without Problems is sound.
type Findings struct {
	Run      string            `json:"run"`
	Identity *outputs.Identity `json:"identity,omitempty"`
	Shards   int               `json:"shards"` // that are there
	Counts   outputs.Counts    `json:"counts"`
	Manifest bool              `json:"manifest"` // there is one, and it was compared
	Problems []Problem         `json:"problems"`
	Notes    []string          `json:"notes,omitempty"`

	Dir     string            `json:"-"` // of the shards
	Names   []string          `json:"-"` // of the shards
	Columns []outputs.Column  `json:"-"` // of the first shard; nil: no shard could be opened
	Written *outputs.Manifest `json:"-"` // the run's manifest; nil: there is none
	Unread  error             `json:"-"` // why the manifest that there is could not be read
}

// Problem is something wrong, and in which file below the run's folder.
type Problem struct {
	File    string `json:"file"`
	Problem string `json:"problem"`
}

// Problem adds a problem.
func (v *Findings) Problem(file, format string, args ...any) {
	v.Problems = append(v.Problems, Problem{file, fmt.Sprintf(format, args...)})
}

// Note adds a note.
func (v *Findings) Note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

// Place is a row with a descriptor: where it stands, its key, and the size of its image.
type Place struct {
	Shard, Row    int // of Findings.Names; in the shard
	Image         string
	Object        int
	width, height int
}

// verifier holds what is known while the shards go by, in order.
type verifier struct {
	Findings
	first *outputs.ShardCheck
	count int // shards the table must have
	files map[string]outputs.File
	keys  map[key]struct{}
	list  *outputs.Digest // of the items, as inputs computes it
	rows  []int           // of each shard, of those that are there
	okay  func(Place)

	undigested int // shards without digests of their images
}

// Verify reads a whole table (a run's folder, a folder of shards, or one file) and checks it: each shard's digest,
// pages and rows; one identity, one list of columns; every shard there and none besides; each key once; keys, labels
// and splits in the order of the list of inputs; inputs = ok + failed; the manifest. Every row with a descriptor is
// told to okay, and after each shard how many are done to progress.
// The error is that of a check that could not be made, or the context's as soon as that ends; okay may then still be
// called.
func Verify(ctx context.Context, run string, okay func(Place), progress func(done, total int)) (*Findings, error) {
	return waiting.For(ctx, func() (*Findings, error) { return verify(ctx, run, okay, progress) })
}

func verify(ctx context.Context, run string, okay func(Place), progress func(done, total int)) (*Findings, error) {
	v := &verifier{keys: map[key]struct{}{}, list: outputs.NewDigest(), files: map[string]outputs.File{}, okay: okay}
	v.Run, v.Problems = run, []Problem{}
	names, err := v.find(run)
	if err != nil {
		return nil, err
	}
	files := map[string][]mirror.Span{}
	for _, name := range names {
		files[filepath.Join(v.Dir, name)] = mirror.All
	}
	if err := mirror.Bring(files); err != nil {
		return nil, err
	}
	if err := v.shards(ctx, names, progress); err != nil {
		return nil, err
	}
	v.whole()
	if n := v.undigested; n > 0 && n < v.Shards {
		v.Note("%d of %d shards have no digests of their images: an update would compute their rows again", n, v.Shards)
	}
	v.Written = v.manifest(run)
	return &v.Findings, nil
}

// find lists the shards, and what should not be beside them.
func (v *verifier) find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening a feature table: %w", err)
	}
	if !info.IsDir() {
		v.Dir = filepath.Dir(path)
		return []string{filepath.Base(path)}, nil
	}
	if err := outputs.CheckMerged(RunFolder(path)); err != nil {
		return nil, err
	}
	v.Dir = path
	if sub, err := os.Stat(filepath.Join(path, outputs.FeaturesDir)); err == nil && sub.IsDir() {
		v.Dir = filepath.Join(path, outputs.FeaturesDir)
		v.temporaries(path)
	} else if machine.Withholds(err) {
		return nil, fmt.Errorf("opening a feature table: %w", err)
	}
	all, others, err := outputs.ListShards(v.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening a feature table: %w", err)
	}
	for _, name := range others {
		if v.Dir != path || atomicfile.IsTemp(filepath.Base(name)) {
			v.stray(name)
		}
	}
	var names []string
	present := map[int]bool{}
	for _, name := range all {
		i, n, _ := outputs.ParseShardName(filepath.Base(name))
		if v.count != 0 && n != v.count {
			v.Problem(name, "a shard of another table: others are of %d", v.count)
			continue
		}
		v.count, present[i] = n, true
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, outputs.NoTable(path)
	}
	for i := range v.count {
		if !present[i] {
			v.Problem(outputs.ShardName(i, v.count), "it is missing")
		}
	}
	return names, nil
}

func (v *verifier) stray(name string) {
	if atomicfile.IsTemp(filepath.Base(name)) {
		v.Problem(name, "a temporary file that a killed run left; the next run of the same command removes it")
		return
	}
	if litter.Is(filepath.Base(name)) {
		v.Note("passed over, as left by the operating system: %s", escape.Name(name))
		return
	}
	v.Problem(name, "no file of a feature table")
}

// temporaries looks for what killed runs left in the run's folder.
func (v *verifier) temporaries(run string) {
	entries, err := os.ReadDir(run)
	if err != nil {
		v.Problem(run, "%v", err)
	}
	for _, e := range entries {
		switch {
		case atomicfile.IsTemp(e.Name()):
			v.stray(e.Name())
		case strings.HasPrefix(e.Name(), outputs.FeaturesDir+updateInfix):
			v.Note("%s: an update that is not finished; the same command goes on with it", e.Name())
		}
	}
}

// inputs looks at what is kept of the images of a shard's rows. It is no part of the table: what is wrong is a note.
func (v *verifier) inputs(c *outputs.ShardCheck, rows []outputs.Row) {
	_, err := inputsOf(RunFolder(v.Dir), c.Digests.Own, rows)
	switch {
	case isUnknown(err):
		v.undigested++
	case err != nil:
		v.Note("the digests of images beside %s are of no use: %v", c.Name, err)
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
func (v *verifier) shards(ctx context.Context, names []string, progress func(done, total int)) error {
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
				r.check, r.err = outputs.CheckShard(filepath.Join(v.Dir, name), func(row *outputs.Row) { r.rows = append(r.rows, *row) })
			}
			return func() {
				if ctx.Err() != nil {
					return // nobody waits for the rest
				}
				if r.err != nil && failed == nil {
					failed = r.err
				}
				if r.check != nil && failed == nil {
					v.add(r)
				}
				done++
				progress(done, len(names))
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
	v.Names, v.rows = append(v.Names, r.name), append(v.rows, c.Rows)
	v.files[c.Name] = c.File
	for _, p := range c.Problems {
		v.Problem(r.name, "%s", p)
	}
	if c.Columns == nil {
		return // it could not be opened
	}
	if v.first == nil {
		v.first, v.Columns = c, c.Columns
		v.Identity = &c.Identity
		if v.count == 0 {
			v.count = c.Mark.Count
		}
		if c.Digests.Own == "" {
			v.Note("table format %d: its files carry no digest of their own", c.Identity.Format)
		}
	}
	for _, d := range v.first.Identity.Differences(c.Identity) {
		v.Problem(r.name, "it is of another run than %s: %s", v.first.Name, strings.ReplaceAll(strings.ReplaceAll(d, "table has", "that has"), "now", "this"))
	}
	if fmt.Sprint(v.first.Columns) != fmt.Sprint(c.Columns) {
		v.Problem(r.name, "it has other columns than %s", v.first.Name)
	}
	v.Counts.Add(c.File)
	v.inputs(c, r.rows)
	for i := range r.rows {
		v.row(r.name, len(v.Names)-1, i, &r.rows[i])
	}
}

// row checks a row against all before it.
func (v *verifier) row(file string, shard, i int, row *outputs.Row) {
	k := keyOf(row)
	if _, ok := v.keys[k]; ok {
		v.Problem(file, "row %d: %s is in the table twice", i, rowkey.Of(row.Image, row.Object))
	}
	v.keys[k] = struct{}{}
	v.list.Add(itemFields(row.Image, row.Object, "")...)
	addLabels(v.list, row.Labels, row.Ignored, row.Splits, row.None)
	if row.Status == outputs.StatusOK {
		v.okay(Place{shard, i, row.Image, row.Object, row.Width, row.Height})
	}
}

// whole checks what all shards are together.
func (v *verifier) whole() {
	if v.first == nil || v.Shards < v.count || len(v.Problems) > 0 {
		return
	}
	in := v.first.Identity.Inputs
	if v.Counts.Inputs != in.Count {
		v.Problem(v.first.Name, "all shards have %d rows, the list of inputs has %d", v.Counts.Inputs, in.Count)
		return
	}
	if in.SHA256 == "" {
		v.Note("the table is a part of another, without a list of inputs of its own to compare its rows with")
		return
	}
	if in.Boxes > 0 {
		v.Note("rows of boxes: their list is compared with a data set alone")
		return
	}
	if sum := v.list.Sum(); sum != in.SHA256 {
		v.Problem(v.first.Name, "keys, labels and splits of all rows have the digest %.12s…, those of the list of inputs %.12s…: rows were changed or moved", sum, in.SHA256)
	}
}

// manifest holds the manifest of the run's folder, if there is one, against the files.
func (v *verifier) manifest(run string) *outputs.Manifest {
	if _, _, ok := outputs.ParseShardName(filepath.Base(run)); !ok && filepath.Ext(run) == ".parquet" {
		return nil // a file by itself, whatever run's folder it is in
	}
	folder := RunFolder(run)
	m, err := outputs.ReadManifest(folder)
	if errors.Is(err, fs.ErrNotExist) {
		v.Note("no %s: the run is not finished, or only its table was kept", outputs.ManifestName)
		return nil
	}
	const name = outputs.ManifestName
	if err != nil {
		v.Problem(name, "%v", err)
		v.Unread = err
		return nil
	}
	if v.first == nil {
		return &m
	}
	v.Manifest = true
	for _, d := range m.Identity.Differences(v.first.Identity) {
		v.Problem(name, "the manifest is of another table: %s", strings.ReplaceAll(strings.ReplaceAll(d, "table has", "it says"), "now", "the files say"))
	}
	if len(m.Files) == 0 {
		v.Note("the manifest lists no files: it is of an older fc7")
	}
	for _, f := range m.Files {
		now, ok := v.files[f.Name]
		if ok && !sameFile(f, now) {
			v.Problem(f.Name, "it is not the file that the manifest lists (%s)", fileDifference(f, now))
		}
	}
	if v.Shards == v.count && m.Counts != v.Counts {
		v.Problem(name, "it counts %d inputs, %d ok and %d failed; the files have %d, %d and %d",
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
