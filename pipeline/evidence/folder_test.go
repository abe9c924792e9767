package evidence

import (
	"context"
	"errors"
	"image"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/internal/seal"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/internal/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

// trained is a job that applies a head of two scales to two images and one that cannot be read.
func trained(t *testing.T) heads.PredictJob {
	t.Helper()
	j := fixture.Job(t)
	j.Describe = extract.Options{Layers: []string{"pool5"}, Scales: []int{96, 128}}
	fixture.Extract(t, j)
	r, err := heads.Train(t.Context(), heads.Job{Features: j.Out, Protocol: "voc2007", Options: protocol.Options{Settings: protocol.Settings{C: 1}}}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	_, folder, _ := strings.Cut(j.DataSet, ":")
	images, err := filepath.Glob(filepath.Join(folder, "VOCdevkit", "VOC2007", "JPEGImages", "*"))
	if err != nil || len(images) < 2 {
		t.Fatal(images, err)
	}
	bad := filepath.Join(t.TempDir(), "bad.jpg")
	fixture.WriteFile(t, bad, []byte("no image"))
	return heads.PredictJob{Head: r.Out, Weights: j.Weights, Inputs: []string{images[0], bad, images[1]}}
}

// files are the bytes of all files below a folder, by their paths in it.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestPredict: bias and values of the table add up to the scores that are predicted; there is a picture a class; what
// is told is what is written; and the bytes are those of any number of threads.
func TestPredict(t *testing.T) {
	j := trained(t)
	to := Job{Dir: filepath.Join(t.TempDir(), "evidence"), Images: 5, Top: 3}
	scores := map[string]map[string]float64{}
	var told []Told
	answer := func(p heads.Prediction) error { scores[p.Image] = p.Scores; return nil }
	tell := func(x Told) error { told = append(told, x); return nil }
	if err := Predict(t.Context(), j, to, answer, tell, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	if len(told) != 2 || len(told[0].Classes) != 3 || len(told[1].Classes[2].Scales) != 2 || len(scores) != 3 {
		t.Fatalf("told %+v", told)
	}
	table := filepath.Join(to.Dir, tableFile)
	digest, err := seal.File(table)
	if err != nil {
		t.Fatal(err)
	}
	sums, rows := map[[2]string]float64{}, 0
	err = outputs.ReadResults(table, digest, columns, func(v []any) error {
		key := [2]string{v[0].(string), v[2].(string)}
		if _, ok := sums[key]; !ok {
			sums[key] = v[4].(float64)
		}
		sum := 0.0
		for _, x := range v[12].([]float64) {
			sum += x
		}
		if x := told[rows/6].Classes[rows/2%3]; sum != v[11].(float64) || sum != x.Scales[rows%2].Sum || v[18].(string) != x.Picture || v[1] != nil {
			t.Errorf("row %d: %v, told %+v", rows, v, x)
		}
		sums[key] += sum
		rows++
		return nil
	})
	if err != nil || rows != 2*3*2 {
		t.Fatalf("%d rows: %v", rows, err)
	}
	for key, sum := range sums {
		if want := scores[key[0]][key[1]]; math.Abs(sum-want) > 1e-5 {
			t.Errorf("%v: %v, its score is %v", key, sum, want)
		}
	}
	f, err := os.Open(filepath.Join(to.Dir, filepath.FromSlash(told[1].Classes[0].Picture)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if im, err := png.Decode(f); err != nil || im.Bounds().Dx() < 4*photoSide {
		t.Errorf("the picture: %v", err)
	}
	before := files(t, to.Dir)
	if err := Predict(t.Context(), j, to, answer, tell, conveyor.Events{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a folder that is there: %v", err)
	}
	j.Threads, to.Dir = 3, to.Dir+"3"
	if err := Predict(t.Context(), j, to, answer, tell, conveyor.Events{}); !errors.Is(err, conveyor.ErrSomeFailed) {
		t.Fatal(err)
	}
	if after := files(t, to.Dir); len(after) != 7 || !reflect.DeepEqual(before, after) {
		t.Errorf("other bytes of three threads: %d files", len(after))
	}
}

// TestPredictInterrupted: a folder is there whole, or not at all, and nothing is left beside it.
func TestPredictInterrupted(t *testing.T) {
	j := trained(t)
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	to := Job{Dir: filepath.Join(dir, "evidence"), Images: 2, Top: 1}
	n := 0
	err := Predict(ctx, j, to, func(heads.Prediction) error { return nil }, func(Told) error { n++; stop(); return nil }, conveyor.Events{})
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("%d told: %v", n, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	to.Images = 1
	notes := 0
	ev := conveyor.Events{Note: func(s string) {
		if strings.Contains(s, "evidence of the first 1 of 2 images") {
			notes++
		}
	}}
	n = 0
	err = Predict(t.Context(), j, to, func(heads.Prediction) error { return nil }, func(Told) error { n++; return nil }, ev)
	if !errors.Is(err, conveyor.ErrSomeFailed) || n != 1 || notes != 1 {
		t.Errorf("%d told, %d notes: %v", n, notes, err)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

// TestEncodeFails: what a disk says is told once.
func TestEncodeFails(t *testing.T) {
	im := image.NewRGBA(image.Rect(0, 0, 200, 200))
	for i := range im.Pix {
		im.Pix[i] = byte(i * i >> 3)
	}
	for _, im := range []image.Image{im, im.SubImage(image.Rect(0, 0, 1, 1))} { // more than a buffer, and less
		if err := encode(full{}, im); err == nil || err.Error() != "no room" {
			t.Errorf("%v", err)
		}
	}
}
