package extraction_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
)

// shares extracts a job as n machines would, each into its own folder, or all into one.
func shares(t testing.TB, j extraction.Job, n int, together bool) []string {
	t.Helper()
	var out []string
	for i := n; i >= 1; i-- { // the order does not matter
		k := j
		k.Part = table.Part{Index: i, Count: n}
		if !together {
			k.Out = fmt.Sprintf("%s-%d", j.Out, i)
		}
		out = append(out, k.Out)
		r := fixture.Extract(t, k)
		if last := together && i == 1 || n == 1; last && r.Missing > 0 || !last && !together && r.Missing == 0 {
			t.Errorf("share %d of %d: %d shards are missing", i, n, r.Missing)
		}
	}
	return out
}

// TestMachines: any number of machines, in one folder or in several, give the bytes of one.
func TestMachines(t *testing.T) {
	j := fixture.Job(t)
	one := fixture.Extract(t, j)
	want := fixture.TableBytes(t, j.Out)
	numbers := []int{1, 2, 3, 6} // of 4 shards
	if testing.Short() {
		numbers = []int{2}
	}
	for _, n := range numbers {
		k := j
		k.Out = filepath.Join(t.TempDir(), "together")
		shares(t, k, n, true)
		fixture.SameTable(t, want, fixture.TableBytes(t, k.Out))
		m, err := outputs.ReadManifest(k.Out)
		if err != nil || m.Counts != one.Manifest.Counts || fmt.Sprint(m.Files) != fmt.Sprint(one.Manifest.Files) {
			t.Errorf("%d machines: manifest %+v, %v", n, m.Counts, err)
		}
		k.Out = filepath.Join(t.TempDir(), "apart")
		folders := shares(t, k, n, false)
		for i, f := range folders { // those with nothing to do left no shard
			if len(fixture.TableBytes(t, f)) == 0 {
				folders = append(folders[:i:i], folders[i+1:]...)
				break
			}
		}
		if n == 6 {
			continue
		}
		r, err := extraction.Merge(context.Background(), table.MergeJob{Out: k.Out, In: folders, Copy: n == 2}, conveyor.Events{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Linked+r.Copied != 4 || (n == 2) != (r.Copied == 4) || r.Manifest.DataSet != j.DataSet || r.Manifest.Timings.Computed != 20 {
			t.Errorf("%d machines: %d linked, %d copied, %+v", n, r.Linked, r.Copied, r.Manifest)
		}
		fixture.SameTable(t, want, fixture.TableBytes(t, k.Out))
		if again, err := extraction.Merge(context.Background(), table.MergeJob{Out: k.Out, In: folders[:1]}, conveyor.Events{}); err != nil || again.There != 4 {
			t.Errorf("again: %+v, %v", again, err)
		}
		if v := mustVerify(t, extraction.VerifyJob{Run: k.Out, Sample: 3, DataSet: j.DataSet, Weights: j.Weights}); len(v.Problems) > 0 || !v.Manifest {
			t.Errorf("%+v", v)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	k := j
	k.Out = filepath.Join(t.TempDir(), "share")
	in := shares(t, k, 2, false)
	out := filepath.Join(t.TempDir(), "out")
	merge := func(in ...string) error {
		_, err := extraction.Merge(context.Background(), table.MergeJob{Out: out, In: in}, conveyor.Events{})
		return err
	}
	says := func(err error, words ...string) {
		t.Helper()
		for _, w := range words {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("error %v, want one that says %q", err, w)
			}
		}
	}
	says(merge(in[0]), "2 of 4 shards are in none", "0 to 1")
	says(merge(in[0], t.TempDir()), "holds no shard")
	says(merge(in[0], filepath.Join(out, "nowhere")), "nowhere")
	other := j
	other.Describe.NoFlip = true
	other.Out = filepath.Join(t.TempDir(), "other")
	other.Part = table.Part{Index: 1, Count: 2}
	fixture.Extract(t, other)
	says(merge(in[0], other.Out), "different tables", "flip")
	other = j
	other.ShardRows, other.Out = 4, filepath.Join(t.TempDir(), "fours")
	fixture.Extract(t, other)
	says(merge(in[0], other.Out), "another number of rows a shard")
	other.ShardRows, other.Out, other.Part = 5, filepath.Join(t.TempDir(), "fives"), table.Part{Index: 1, Count: 2} // as many shards as with 6
	fixture.Extract(t, other)
	says(merge(in[0], other.Out), "do not fit together")
	if _, err := os.Stat(out); err == nil {
		t.Error("a refused merge made the folder")
	}

	damaged := filepath.Join(in[0], outputs.FeaturesDir, outputs.ShardName(3, 4))
	good, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte(nil), good...)
	bad[len(bad)/2] ^= 4
	if err := os.WriteFile(damaged, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	says(merge(in...), damaged, "cannot be part of a table")
	if err := os.WriteFile(damaged, good, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := merge(append(in, in[1])...); err != nil { // the same folder twice
		t.Fatal(err)
	}
	whole := j
	fixture.Extract(t, whole)
	fixture.SameTable(t, fixture.TableBytes(t, whole.Out), fixture.TableBytes(t, out))
}

// TestMergeOverlap: a shard that two machines made differently is not chosen by chance.
func TestMergeOverlap(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	root := filepath.Dir(folderWith(t, j, 8))
	j.DataSet, j.ShardRows = "folder:"+root, 4
	a, b := j, j
	a.Out, b.Out = filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	fixture.Extract(t, a)
	if err := os.WriteFile(filepath.Join(root, "005.jpg"), []byte("broken since"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := extraction.Extract(context.Background(), b, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	_, err := extraction.Merge(context.Background(), table.MergeJob{Out: filepath.Join(t.TempDir(), "c"), In: []string{a.Out, b.Out}}, conveyor.Events{})
	if err == nil || !strings.Contains(err.Error(), "part-00001-of-00002.parquet (1)") {
		t.Errorf("error %v", err)
	}
}
