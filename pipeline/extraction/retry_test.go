package extraction_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"fc7/datasets"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
)

// folderWith makes a flat folder of n images, 000.jpg and on, and returns the first one's path.
func folderWith(t testing.TB, j extraction.Job, n int) string {
	t.Helper()
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for i := range n {
		b, err := os.ReadFile(set.Items[i%len(set.Items)].At.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%03d.jpg", i)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "000.jpg")
}

// TestRetryFailed: rows whose images were repaired are computed, in place; the table then has the bytes of one that
// never failed. Shards without a repaired row are not touched.
func TestRetryFailed(t *testing.T) {
	for _, dtype := range []string{outputs.Float32, outputs.Float16} {
		j := fixture.Job(t)
		root := filepath.Dir(folderWith(t, j, 14))
		j.DataSet, j.ShardRows, j.Dtype = "folder:"+root, 4, dtype
		calm := j
		calm.Out = filepath.Join(t.TempDir(), "calm")
		fixture.Extract(t, calm)
		want := fixture.TableBytes(t, calm.Out)

		name := func(i int) string { return filepath.Join(root, fmt.Sprintf("%03d.jpg", i)) }
		good := map[int][]byte{}
		for _, i := range []int{0, 5, 6, 13} {
			b, err := os.ReadFile(name(i))
			if err != nil {
				t.Fatal(err)
			}
			good[i] = b
			if err := os.WriteFile(name(i), b[:len(b)/2], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		run := func(retry bool, failed, tried, recovered int) {
			t.Helper()
			k := j
			k.RetryFailed = retry
			r, err := extraction.Extract(context.Background(), k, conveyor.Events{})
			if (failed > 0) != errors.Is(err, conveyor.ErrSomeFailed) || r == nil {
				t.Fatalf("error %v", err)
			}
			if r.Manifest.Counts.Failed != failed || r.Retried != (table.Retried{Tried: tried, Recovered: recovered}) || r.Manifest.Counts.Inputs != 14 {
				t.Errorf("%+v, retried %+v; want %d failed, %d tried, %d recovered", r.Manifest.Counts, r.Retried, failed, tried, recovered)
			}
			if v := mustVerify(t, extraction.VerifyJob{Run: j.Out}); len(v.Problems) > 0 || v.Counts.Failed != failed {
				t.Errorf("%+v", v)
			}
		}
		run(false, 4, 0, 0)
		first := fixture.TableBytes(t, j.Out)
		run(true, 4, 4, 0) // nothing was repaired
		fixture.SameTable(t, first, fixture.TableBytes(t, j.Out))
		for _, i := range []int{5, 13} {
			if err := os.WriteFile(name(i), good[i], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(name(6)); err != nil { // fails in another way now: its row keeps its reason
			t.Fatal(err)
		}
		reason := failedReason(t, j.Out, "006.jpg")
		if err := os.WriteFile(name(6), []byte("no image"), 0o644); err != nil {
			t.Fatal(err)
		}
		run(false, 4, 0, 0) // a plain run leaves failed rows alone
		before := stamp(t, j.Out, 0)
		run(true, 2, 4, 2)
		if stamp(t, j.Out, 0) != before {
			t.Error("a shard without a repaired row was written again")
		}
		if now := failedReason(t, j.Out, "006.jpg"); now != reason {
			t.Errorf("reason %q, before %q", now, reason)
		}
		for _, i := range []int{0, 6} {
			if err := os.WriteFile(name(i), good[i], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		run(true, 0, 2, 2)
		fixture.SameTable(t, want, fixture.TableBytes(t, j.Out))
	}
}

// stamp is when shard s was written.
func stamp(t *testing.T, out string, s int) int64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(out, outputs.FeaturesDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	i, err := os.Stat(files[s])
	if err != nil {
		t.Fatal(err)
	}
	return i.ModTime().UnixNano()
}

func failedReason(t *testing.T, out, image string) string {
	t.Helper()
	table, err := outputs.OpenTable(out, outputs.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows {
		if r.Image == image {
			return r.Error
		}
	}
	t.Fatalf("%s is not in the table", image)
	return ""
}

// TestRetryInterrupted: stopped on the way, a retry goes on with the rows that are still failed.
func TestRetryInterrupted(t *testing.T) {
	j := fixture.Job(t)
	first := folderWith(t, j, 12)
	root := filepath.Dir(first)
	j.DataSet, j.ShardRows = "folder:"+root, 3
	fixture.Extract(t, j)
	want := fixture.TableBytes(t, j.Out)
	j.Out += "-2"
	hidden := root + "-hidden"
	if err := os.Rename(root, hidden); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%03d.jpg", i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := extraction.Extract(context.Background(), j, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(root), os.Rename(hidden, root)); err != nil {
		t.Fatal(err)
	}
	j.RetryFailed = true
	stops := 0
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := extraction.Extract(ctx, j, conveyor.Events{Shard: func(conveyor.ShardDone) { cancel() }})
		cancel()
		if err == nil {
			break
		}
		stops++
		var i *extraction.InterruptedError
		if !errors.As(err, &i) && !errors.Is(err, conveyor.ErrSomeFailed) {
			t.Fatal(err)
		}
	}
	if stops == 0 {
		t.Error("no retry was interrupted")
	}
	fixture.Extract(t, j)
	fixture.SameTable(t, want, fixture.TableBytes(t, j.Out))
}

// TestStaleManifest: where a kill came after the last file was written again and before the manifest, the next start
// writes the manifest of what is there.
func TestStaleManifest(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.Decode.MaxPixels = 1 // every image fails
	if _, err := extraction.Extract(context.Background(), j, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	path := filepath.Join(j.Out, outputs.ManifestName)
	stale, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	j.Decode.MaxPixels, j.RetryFailed = 0, true
	fixture.Extract(t, j)
	if err := os.WriteFile(path, stale, 0o644); err != nil {
		t.Fatal(err)
	}
	r := fixture.Extract(t, j)
	m, err := outputs.ReadManifest(j.Out)
	if err != nil || m.Counts.OK != 20 || m.Counts.Failed != 0 || r.Manifest.Counts != m.Counts {
		t.Errorf("%+v %v", m.Counts, err)
	}
	v, err := extraction.Verify(context.Background(), extraction.VerifyJob{Run: j.Out}, conveyor.Events{})
	if err != nil || len(v.Problems) > 0 {
		t.Errorf("%+v %v", v, err)
	}
}
