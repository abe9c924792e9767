package explore

import (
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/svm"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

// extracted is a table of drawn images, of which one has two names and one fails.
func extracted(t *testing.T) (j extraction.Job, images []string) {
	t.Helper()
	dir := t.TempDir()
	_, drawn, _ := strings.Cut(fixture.Drawn(t, synth.LayoutVOC2007, 20), ":")
	var files []string
	if err := filepath.WalkDir(drawn, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".jpg") {
			files = append(files, path)
		}
		return err
	}); err != nil || len(files) < 12 {
		t.Fatal(files, err)
	}
	for i, f := range files[:12] {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if i == 5 {
			b = []byte("no image")
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), b, 0o644); err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			if err := os.WriteFile(filepath.Join(dir, "zz.jpg"), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		images = append(images, filepath.Join(dir, filepath.Base(f)))
	}
	j = fixture.Job(t)
	j.DataSet = "folder:" + dir
	fixture.ExtractSome(t, j)
	return j, images
}

func find(t *testing.T, j Job) *Neighbours {
	t.Helper()
	n, err := FindNeighbours(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFindNeighbours: they are kept and read back as they were, made again for another question or another table, and
// where the kept file was damaged; failed rows have none and are nobody's.
func TestFindNeighbours(t *testing.T) {
	x, _ := extracted(t)
	j := Job{Run: x.Out, K: 4}
	n := find(t, j)
	if n.Kept || n.Rows != 13 || n.Failed != 1 || n.K != 4 {
		t.Fatalf("%+v", n)
	}
	if p := n.Closest[0]; p.Distance != 0 || !strings.HasSuffix(p.B, "zz.jpg") {
		t.Errorf("the nearest pair is %+v, want the image with two names", p)
	}
	meta, err := outputs.ResultMetadata(n.File)
	if err != nil || meta["fc7.neighbours"] != n.Table {
		t.Errorf("metadata %v, %v", meta, err)
	}
	wrote, err := os.ReadFile(n.File)
	if err != nil {
		t.Fatal(err)
	}
	again := find(t, j)
	if !again.Kept || !reflect.DeepEqual(again.lists, n.lists) || !reflect.DeepEqual(again.Closest, n.Closest) {
		t.Error("what was kept is read as something else")
	}
	if many := find(t, Job{Run: x.Out, K: 50, Threads: 1}); many.Kept || many.K != 11 {
		t.Errorf("50 neighbours of 12 rows: %+v", many)
	}
	if find(t, j).Kept {
		t.Error("those of another number were taken")
	}
	wrote[len(wrote)/2] ^= 1
	if err := os.WriteFile(n.File, wrote, 0o644); err != nil {
		t.Fatal(err)
	}
	if third := find(t, j); third.Kept || !reflect.DeepEqual(third.lists, n.lists) {
		t.Error("a damaged file was taken")
	}
	other := x
	other.Describe.Scales, other.Out = []int{224}, filepath.Join(t.TempDir(), "other")
	fixture.ExtractSome(t, other)
	if err := os.CopyFS(filepath.Join(other.Out, folder), os.DirFS(filepath.Join(x.Out, folder))); err != nil {
		t.Fatal(err)
	}
	if find(t, Job{Run: other.Out, K: 4}).Kept {
		t.Error("the neighbours of another table were taken")
	}
}

// Of more rows than are all compared candidates are, unless exact ones are asked for, or rows are as short as what
// candidates are told by; the recall is told, also where the sample lost nothing.
func TestManyRows(t *testing.T) {
	const n = 300
	r := rand.New(rand.NewPCG(1, 9))
	for d, sampled := range map[int]bool{200: false, 300: true} {
		values := make([]float32, n*d)
		for i := range values {
			values[i] = r.Float32()
		}
		for _, exact := range []bool{false, true} {
			var notes []string
			ev := conveyor.Events{Note: func(s string) { notes = append(notes, s) }}
			near := &Neighbours{}
			if err := near.search(t.Context(), svm.Dense(values, d), Job{K: 2, Exact: exact, limit: 5}, ev); err != nil {
				t.Fatal(err)
			}
			near.note(ev)
			want := sampled && !exact
			if near.Sampled != want || near.Recall <= 0.9 || (len(notes) == 2) != want || want && (!strings.Contains(notes[0], "more than 5 rows") || !strings.Contains(notes[1], near.Share())) {
				t.Errorf("%d values, exact %v: %+v, notes %q", d, exact, near, notes)
			}
		}
	}
	x, _ := extracted(t)
	j := Job{Run: x.Out, K: 2, limit: 5}
	if n := find(t, j); n.Sampled || n.Recall != 1 {
		t.Errorf("few rows: %+v", n)
	}
	if j.Exact = true; !find(t, j).Kept {
		t.Error("all rows are compared once more")
	}
}

// A file that stands in the place and is not fc7's stays.
func TestForeignFileStays(t *testing.T) {
	x, _ := extracted(t)
	path := keptIn(x.Out, "neighbours", basis{}).path
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("mine"), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, err := FindNeighbours(t.Context(), Job{Run: x.Out, K: 1}, conveyor.Events{})
	if b, _ := os.ReadFile(path); err == nil || !strings.Contains(err.Error(), "is not fc7's") || string(b) != "mine" {
		t.Errorf("%v; the file is %q", err, b)
	}
}

// TestNear: the neighbours of a row are those of the table of all, and the neighbours of its image are the row itself,
// and then those.
func TestNear(t *testing.T) {
	x, images := extracted(t)
	j := Job{Run: x.Out, K: 3}
	kept := map[string][]Near{}
	n := find(t, j)
	for p, i := range n.present {
		kept[n.names[i]] = nearRows(n.lists, p, n.names, n.present)
	}
	var of, failed []string
	others, err := NearRows(t.Context(), j, append([]string{"none.jpg"}, n.names...), func(a Answer) error {
		if a.Error != "" {
			failed = append(failed, a.Image)
			return nil
		}
		if of = append(of, a.Image); !reflect.DeepEqual(a.Neighbours, kept[a.Image]) {
			t.Errorf("%s: %v alone, %v among all", a.Image, a.Neighbours, kept[a.Image])
		}
		return nil
	})
	if err != nil || !slices.Equal(others, []string{"none.jpg"}) || len(of) != 12 || len(failed) != 1 {
		t.Errorf("%v: rows %v, failed %v, others %v", err, of, failed, others)
	}
	in := heads.PredictJob{Weights: x.Weights, Inputs: images}
	told := 0
	err = NearImages(t.Context(), j, in, func(a Answer) error {
		if a.Error != "" {
			return nil
		}
		told++
		self := filepath.Base(a.Image)
		if d := a.Neighbours[0]; d.Image != self || math.Abs(d.Distance) > 1e-12 {
			t.Errorf("%s: the nearest is %+v, want itself", a.Image, d)
		}
		want := kept[self][:2]
		if !strings.HasSuffix(want[0].Image, "zz.jpg") && !reflect.DeepEqual(a.Neighbours[1:], want) {
			t.Errorf("%s: %v, want %v", a.Image, a.Neighbours[1:], want)
		}
		return nil
	}, conveyor.Events{})
	if !errors.Is(err, conveyor.ErrSomeFailed) || told != 11 {
		t.Errorf("%d images, %v", told, err)
	}
	in.Weights = fixture.Weights(t, "vgg11/32", 9)
	err = NearImages(t.Context(), j, in, func(Answer) error { return nil }, conveyor.Events{})
	if err == nil || !strings.Contains(err.Error(), "the table was made of other descriptors") {
		t.Errorf("other weights: %v", err)
	}
}
