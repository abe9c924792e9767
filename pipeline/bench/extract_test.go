package bench

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fc7/datasets"
	"fc7/extract"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestRunExtract: every job runs as often as it is asked, on the images that it is asked, tells of those that fail and
// of what the net saw, and leaves nothing behind.
func TestRunExtract(t *testing.T) {
	drawn := fixture.Job(t)
	set, err := datasets.Open(t.Context(), drawn.DataSet, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	folder, temp := t.TempDir(), t.TempDir()
	for i, it := range set.Items[:4] {
		b, err := os.ReadFile(it.At.Path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			b = b[:10]
		}
		fixture.WriteFile(t, filepath.Join(folder, filepath.Base(it.At.Path)), b)
	}
	t.Setenv("TMPDIR", temp)
	w := ExtractWanted{DataSet: "folder:" + folder, Net: backbone.Wanted{Weights: drawn.Weights}, Images: []int{9, 2, 1}, Runs: 2}
	w.Job.Threads = 2
	var told []string
	warnings := 0
	b, err := RunExtract(t.Context(), w, conveyor.Events{Warning: func(conveyor.Warning) { warnings++ }}, func(j ExtractJob) { told = append(told, j.Name) })
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Jobs) != 3 || len(told) != 3 || told[2] != b.Jobs[2].Name || b.Threads != 2 || b.Net == "" || warnings != 1 {
		t.Fatalf("%+v, told of %v, %d warnings", b, told, warnings)
	}
	for i, j := range b.Jobs {
		if images, failed := []int{4, 2, 1}[i], []int{1, 1, 0}[i]; j.Images != images || j.Failed != failed {
			t.Errorf("%s: %d images, %d failed, want %d and %d", j.Name, j.Images, j.Failed, images, failed)
		}
		if len(j.Rates) != 2 || j.Rate != slices.Max(j.Rates) || !(slices.Min(j.Rates) > 0) || math.IsInf(j.Rate, 0) {
			t.Errorf("%s: %g of %v", j.Name, j.Rate, j.Rates)
		}
		if ok := j.Images - j.Failed; !(j.Together > 0 && j.Together <= float64(ok)) {
			t.Errorf("%s: %g of %d images at once", j.Name, j.Together, ok)
		}
	}
	centre := []ExtractTensor{{extract.Pictures{Count: 1, Height: 224, Width: 224}, 3}}
	if got := b.Jobs[0].Tensors; !slices.Equal(got, centre) {
		t.Errorf("%v, want %v", got, centre)
	}
	var sides []int
	for _, v := range b.Jobs[2].Tensors {
		sides = append(sides, min(v.Height, v.Width), v.Count, v.Images)
	}
	if want := []int{256, 2, 1, 384, 2, 1, 512, 2, 1}; !slices.Equal(sides, want) {
		t.Errorf("smallest sides, pictures and images %v, want %v", sides, want)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stop := conveyor.Events{Warning: func(conveyor.Warning) { cancel() }}
	if _, err := RunExtract(ctx, w, stop, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind by an interrupted run: %v, %v", left, err)
	}
}

// TestExtractNative: crops, and what is told of them, are of the size that the net was made for.
func TestExtractNative(t *testing.T) {
	w := ExtractWanted{DataSet: fixture.Drawn(t, "caltech101", 8), Net: backbone.Wanted{Weights: fixture.Weights(t, "overfeat-fast/32", 1)}, Images: []int{1}, Runs: 1}
	b, err := RunExtract(t.Context(), w, conveyor.Events{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if j, want := b.Jobs[0], (ExtractTensor{extract.Pictures{Count: 1, Height: 231, Width: 231}, 1}); j.Name != "centre 231" || len(j.Tensors) != 1 || j.Tensors[0] != want {
		t.Errorf("%s: %v, want %v", j.Name, j.Tensors, want)
	}
}

// TestSpread: images are taken from all of the set, in its order, each once.
func TestSpread(t *testing.T) {
	set := &datasets.Set{Items: make([]datasets.Item, 10)}
	for i := range set.Items {
		set.Items[i].Object = i
	}
	for n, want := range map[int][]int{1: {0}, 3: {0, 3, 6}, 10: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 99: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}} {
		var got []int
		for _, it := range spread(set, n).Items {
			got = append(got, it.Object)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
	if len(set.Items) != 10 {
		t.Error("the set was changed")
	}
}
