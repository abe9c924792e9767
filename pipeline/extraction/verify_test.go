package extraction_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

func mustVerify(t testing.TB, j extraction.VerifyJob) *extraction.VerifyResult {
	t.Helper()
	v, err := extraction.Verify(context.Background(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// copyRun copies a run's folder.
func copyRun(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestVerifySound(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	v := mustVerify(t, extraction.VerifyJob{Run: j.Out, Sample: 5})
	if len(v.Problems) > 0 || len(v.Notes) > 0 || v.Shards != 4 || v.Counts != (outputs.Counts{Inputs: 20, OK: 20}) || !v.Manifest {
		t.Errorf("%+v", v)
	}
	if s := v.Sampled; s == nil || s.Rows != 5 || !s.Exact || s.Largest != 0 {
		t.Errorf("sampled %+v", s)
	}
	features := filepath.Join(j.Out, outputs.FeaturesDir)
	for _, path := range []string{features, filepath.Join(features, outputs.ShardName(2, 4))} {
		if v := mustVerify(t, extraction.VerifyJob{Run: path, Sample: 2}); len(v.Problems) > 0 || !v.Manifest || v.Sampled.Rows != 2 {
			t.Errorf("%s: %+v", path, v)
		}
	}
	if _, err := extraction.Verify(context.Background(), extraction.VerifyJob{Run: t.TempDir()}, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "no feature table") {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestVerifyFindsAnyByte: whatever byte of whatever shard changes, it is found, with and without the manifest.
func TestVerifyFindsAnyByte(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	if err := os.Remove(filepath.Join(j.Out, outputs.ManifestName)); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	n := 60
	if testing.Short() {
		n = 15
	}
	for range n {
		name := outputs.ShardName(random.IntN(4), 4)
		path := filepath.Join(j.Out, outputs.FeaturesDir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at, bit := random.IntN(len(b)), byte(1<<random.IntN(8))
		b[at] ^= bit
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		v := mustVerify(t, extraction.VerifyJob{Run: j.Out})
		if len(v.Problems) == 0 || v.Problems[0].File != name {
			t.Errorf("byte %d of %s: problems %v", at, name, v.Problems)
		}
		b[at] ^= bit
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if v := mustVerify(t, extraction.VerifyJob{Run: j.Out}); len(v.Problems) > 0 {
		t.Errorf("restored: %v", v.Problems)
	}
}

// rewritten writes a shard of a run anew, with sound digests, after change has had its way.
func rewritten(t *testing.T, out string, s int, change func(rows []outputs.Row, id *outputs.Identity) []outputs.Row) {
	t.Helper()
	dir := filepath.Join(out, outputs.FeaturesDir)
	shard, err := outputs.OpenShard(filepath.Join(dir, outputs.ShardName(s, 4)))
	if err != nil {
		t.Fatal(err)
	}
	defer shard.Close()
	rows, err := shard.ReadGroup(0)
	if err != nil {
		t.Fatal(err)
	}
	id := shard.Identity
	rows = change(rows, &id)
	w, err := outputs.RewriteShard(dir, s, 4, shard.Columns, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyFinds: what is wrong although every file is sound by itself.
func TestVerifyFinds(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	features := func(run, name string) string { return filepath.Join(run, outputs.FeaturesDir, name) }
	write := func(path string) {
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	change := func(f func(rows []outputs.Row, id *outputs.Identity) []outputs.Row) func(string) {
		return func(run string) {
			if err := os.Remove(filepath.Join(run, outputs.ManifestName)); err != nil {
				t.Fatal(err)
			}
			rewritten(t, run, 1, f)
		}
	}
	second := outputs.ShardName(1, 4)
	for what, c := range map[string]struct {
		do         func(run string)
		file, says string
	}{
		"missing": {func(run string) { os.Remove(features(run, second)) }, second, "it is missing"},
		"temporary": {
			func(run string) { write(features(run, "."+second+".17.tmp")) },
			"." + second + ".17.tmp", "a killed run left",
		},
		"temporary manifest": {func(run string) { write(filepath.Join(run, ".manifest.json.1.tmp")) }, ".manifest.json.1.tmp", "killed"},
		"stray":              {func(run string) { write(features(run, "notes.txt")) }, "notes.txt", "no file of a feature table"},
		"renamed": {func(run string) {
			a, b := features(run, second), features(run, outputs.ShardName(2, 4))
			os.Rename(a, a+"x")
			os.Rename(b, a)
			os.Rename(a+"x", b)
		}, second, "renamed"},
		"another table": {func(run string) { write(features(run, outputs.ShardName(4, 5))) }, outputs.ShardName(4, 5), "another table"},
		"a row twice": {change(func(rows []outputs.Row, _ *outputs.Identity) []outputs.Row {
			rows[1] = rows[0]
			return rows
		}), second, "row 1: 000007 is in the table twice"},
		"rows in another order": {change(func(rows []outputs.Row, _ *outputs.Identity) []outputs.Row {
			rows[0], rows[1] = rows[1], rows[0]
			return rows
		}), outputs.ShardName(0, 4), "rows were changed or moved"},
		"another label": {change(func(rows []outputs.Row, _ *outputs.Identity) []outputs.Row {
			rows[0].Labels = append([]string{"unicorn"}, rows[0].Labels...)
			return rows
		}), outputs.ShardName(0, 4), "rows were changed or moved"},
		"a row less": {change(func(rows []outputs.Row, _ *outputs.Identity) []outputs.Row {
			return rows[:len(rows)-1]
		}), outputs.ShardName(0, 4), "all shards have 19 rows, the list of inputs has 20"},
		"another run": {change(func(rows []outputs.Row, id *outputs.Identity) []outputs.Row {
			id.Pooling = "max"
			return rows
		}), second, "pooling: that has mean, this max"},
	} {
		t.Run(what, func(t *testing.T) {
			run := copyRun(t, j.Out)
			c.do(run)
			v := mustVerify(t, extraction.VerifyJob{Run: run})
			for _, p := range v.Problems {
				if p.File == c.file && strings.Contains(p.Problem, c.says) {
					return
				}
			}
			t.Errorf("problems %q, want %s: %s", v.Problems, c.file, c.says)
		})
	}
}

// TestVerifyManifest: the manifest's account is compared with the files'.
func TestVerifyManifest(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	for want, change := range map[string]func(*outputs.Manifest){
		"it counts 20 inputs, 19 ok and 1 failed": func(m *outputs.Manifest) { m.Counts.OK, m.Counts.Failed = 19, 1 },
		"listed 7":                         func(m *outputs.Manifest) { m.Files[2].Bytes = 7 },
		"listed 0000":                      func(m *outputs.Manifest) { m.Files[2].SHA256 = "0000" },
		"the manifest is of another table": func(m *outputs.Manifest) { m.Identity.Net = "vgg19" },
	} {
		m, err := outputs.ReadManifest(j.Out)
		if err != nil {
			t.Fatal(err)
		}
		run := copyRun(t, j.Out)
		change(&m)
		if err := m.Write(run); err != nil {
			t.Fatal(err)
		}
		if v := mustVerify(t, extraction.VerifyJob{Run: run}); len(v.Problems) != 1 || !strings.Contains(v.Problems[0].Problem, want) {
			t.Errorf("problems %q, want %q", v.Problems, want)
		}
	}
}

// TestVerifyNameLost: a data set whose name is no text is named anew, which the error says, and not sought under
// another.
func TestVerifyNameLost(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	kind, root, _ := strings.Cut(j.DataSet, ":")
	odd := filepath.Join(t.TempDir(), "set\xff")
	if err := os.CopyFS(odd, os.DirFS(root)); err != nil {
		t.Skip(err)
	}
	j.DataSet = kind + ":" + odd
	fixture.Extract(t, j)
	_, err := extraction.Verify(t.Context(), extraction.VerifyJob{Run: j.Out, Sample: 2}, conveyor.Events{})
	if !usage.Is(err) || !strings.Contains(err.Error(), "give the name with --data") {
		t.Errorf("error %v", err)
	}
	if v := mustVerify(t, extraction.VerifyJob{Run: j.Out, Sample: 2, DataSet: j.DataSet}); len(v.Problems) > 0 || v.Sampled.Rows != 2 {
		t.Errorf("%+v", v)
	}
}

// TestVerifySample: a descriptor that is not its image's is found, however sound its file is.
func TestVerifySample(t *testing.T) {
	j := fixture.Job(t)
	j.Describe = extract.Options{Scales: []int{224}}
	fixture.Extract(t, j)
	rewritten(t, j.Out, 2, func(rows []outputs.Row, _ *outputs.Identity) []outputs.Row {
		rows[3].Descriptors[0][5] += 0.25
		return rows
	})
	if err := os.Remove(filepath.Join(j.Out, outputs.ManifestName)); err != nil {
		t.Fatal(err)
	}
	all := extraction.VerifyJob{Run: j.Out, Sample: 100, DataSet: j.DataSet, Weights: j.Weights}
	v := mustVerify(t, all)
	if len(v.Problems) != 1 || !strings.Contains(v.Problems[0].Problem, "row 3: computed again from its image, fc7_q224") || v.Sampled.Rows != 20 || v.Sampled.Largest == 0 {
		t.Errorf("%+v, %+v", v, v.Sampled)
	}
	for teams := 2; teams <= 3; teams++ {
		several, told := all, ""
		several.Threads, several.Teams = 3, teams
		w, err := extraction.Verify(t.Context(), several, conveyor.Events{Note: func(s string) { told += s }})
		if err != nil || !reflect.DeepEqual(w.Problems, v.Problems) || !reflect.DeepEqual(w.Sampled, v.Sampled) || !strings.Contains(told, fmt.Sprintf("as %d teams", teams)) {
			t.Errorf("%d teams: %+v, %+v, %v, notes %q", teams, w, w.Sampled, err, told)
		}
	}
	all.Weights = fixture.Weights(t, "vgg11/32", 9)
	if _, err := extraction.Verify(context.Background(), all, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "weights sha256") {
		t.Errorf("other weights: %v", err)
	}
	all.Weights = j.Weights
	all.DataSet = fixture.Drawn(t, "caltech101", 20)
	v = mustVerify(t, all)
	if len(v.Problems) != 20 || len(v.Notes) < 1 || !strings.Contains(fmt.Sprint(v.Notes), "not the table's list of inputs") {
		t.Errorf("another data set: %d problems, notes %q", len(v.Problems), v.Notes)
	}
	all.DataSet = ""
	if _, err := extraction.Verify(context.Background(), all, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "give both") {
		t.Errorf("no data set: %v", err)
	}
}

// TestVerifyTolerance: descriptors of another arithmetic may differ by what rounding makes, and by no more.
func TestVerifyTolerance(t *testing.T) {
	fixture.SkipShort(t)
	for _, c := range []struct {
		dtype          string
		tolerance      float64
		within, beyond float32 // relative
	}{
		{outputs.Float32, 1e-5, 5e-6, 2e-5},
		{outputs.Float16, 1e-3, 5e-4, 2e-3},
	} {
		j := fixture.Job(t)
		j.Describe, j.Dtype = extract.Options{Scales: []int{224}}, c.dtype
		fixture.Extract(t, j)
		if err := os.Remove(filepath.Join(j.Out, outputs.ManifestName)); err != nil {
			t.Fatal(err)
		}
		for s := range 4 {
			rewritten(t, j.Out, s, func(rows []outputs.Row, id *outputs.Identity) []outputs.Row {
				id.Arithmetic = "another"
				for i := range rows {
					for k := range rows[i].Descriptors[0] {
						factor := 1 + c.within
						if s == 2 && i == 3 {
							factor = 1 + c.beyond
						}
						rows[i].Descriptors[0][k] *= factor
					}
				}
				return rows
			})
		}
		v := mustVerify(t, extraction.VerifyJob{Run: j.Out, Sample: 100, DataSet: j.DataSet, Weights: j.Weights})
		if s := v.Sampled; s.Rows != 20 || s.Exact || s.Tolerance != c.tolerance || !strings.Contains(fmt.Sprint(v.Notes), "the table is of arithmetic another") {
			t.Errorf("%s: %+v, notes %q", c.dtype, s, v.Notes)
		}
		if len(v.Problems) != 1 || v.Problems[0].File != outputs.ShardName(2, 4) || !strings.HasPrefix(v.Problems[0].Problem, "row 3: computed again from its image, fc7_q224 of ") {
			t.Errorf("%s: %q", c.dtype, v.Problems)
		}
	}
}

// TestVerifyAggregated: an aggregated file is checked too, also one that leaves failed rows out; its descriptors are
// those of no image.
func TestVerifyAggregated(t *testing.T) {
	j := fixture.Job(t)
	root := filepath.Dir(folderWith(t, j, 5))
	if err := os.WriteFile(filepath.Join(root, "002.jpg"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	j.DataSet = "folder:" + root
	if _, err := extraction.Extract(context.Background(), j, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	for i, drop := range []bool{false, true} {
		out := filepath.Join(j.Out, fmt.Sprintf("table-%d.parquet", i)) // beside another table's manifest
		if _, err := extraction.Aggregate(context.Background(), extraction.AggregateJob{Features: j.Out, Out: out, DropFailed: drop}); err != nil {
			t.Fatal(err)
		}
		if v := mustVerify(t, extraction.VerifyJob{Run: out}); len(v.Problems) > 0 || v.Counts.Inputs != 5-i || v.Counts.OK != 4 {
			t.Errorf("%+v", v)
		}
		if _, err := extraction.Verify(context.Background(), extraction.VerifyJob{Run: out, Sample: 1, DataSet: j.DataSet, Weights: j.Weights}, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), "aggregated") {
			t.Errorf("error %v", err)
		}
	}
}

// TestVerifyPassesLitter: what operating systems leave in a run's folder is no file that should not be there.
func TestVerifyPassesLitter(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	fixture.Extract(t, j)
	for _, name := range []string{".DS_Store", "._part-00000-of-00004.parquet", ".nfs0000000001a2", "Thumbs.db"} {
		if err := os.WriteFile(filepath.Join(j.Out, outputs.FeaturesDir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v := mustVerify(t, extraction.VerifyJob{Run: j.Out})
	if len(v.Problems) > 0 || !strings.Contains(strings.Join(v.Notes, " "), ".DS_Store") {
		t.Errorf("%v %v", v.Problems, v.Notes)
	}
}

// TestVerifyInterrupted: the end of the context does not wait for the shard that is read.
func TestVerifyInterrupted(t *testing.T) {
	run := fixture.Failing(t)
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	defer close(hold)
	_, err := extraction.Verify(ctx, extraction.VerifyJob{Run: run}, conveyor.Events{Progress: func(conveyor.Progress) {
		cancel()
		<-hold
	}})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
