package heads

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
)

// randomHead saves a head of two classes with random weights for descriptors of tables that are joined by a recipe.
func randomHead(t *testing.T, r protocol.Recipe, loss svm.Loss, tables ...Table) string {
	t.Helper()
	r, err := r.Complete()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 7))
	h := &protocol.Head{Classes: []string{"cat", "dog"}, Recipe: r, Settings: protocol.Settings{Loss: loss}, C: []float64{1, 1}, Bias: []float64{0.5, -1}}
	h.Weights, h.Solver = make([][]float64, 2), make([]svm.ClassStats, 2)
	for k := range h.Weights {
		for range r.Width() {
			h.Weights[k] = append(h.Weights[k], rng.NormFloat64())
		}
	}
	path := filepath.Join(t.TempDir(), headFile)
	if err := saveHead(path, h, tables, fileDigests{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// madeOf are the table and the recipe of a run's descriptors.
func madeOf(t *testing.T, run string, choice extraction.FeatureChoice) (Table, protocol.Recipe) {
	t.Helper()
	d, err := OpenDescriptors(run, choice)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(nil); err != nil {
		t.Fatal(err)
	}
	return d.Made, d.Recipe
}

// evidenceOf is the evidence of all images of a job, and what Predict says of them.
func evidenceOf(t *testing.T, what string, j PredictJob, a Ask) (all []*Evidence, scores map[string]map[string]float64) {
	t.Helper()
	scores = map[string]map[string]float64{}
	j.Explain = &ExplainJob{Ask: a, Images: 10, Tell: func(x *Evidence) error {
		all = append(all, x)
		return nil
	}}
	err := Predict(t.Context(), j, func(p Prediction) error {
		scores[fmt.Sprint(p.Image, p.Object)] = p.Scores
		return nil
	}, conveyor.Events{Warning: func(w conveyor.Warning) { t.Logf("%s: %+v", what, w) }})
	if err != nil || len(all) == 0 || len(all) != len(scores) {
		t.Fatalf("%s: evidence of %d images, scores of %d: %v", what, len(all), len(scores), err)
	}
	return all, scores
}

// explainSome compares the sums of the evidence of a few images with what Predict says, and returns it.
func explainSome(t *testing.T, what string, j PredictJob, logistic bool) []*Evidence {
	t.Helper()
	all, scores := evidenceOf(t, what, j, Ask{Top: 2, Side: 50})
	for _, x := range all {
		if x.Logistic != logistic || len(x.Classes) != 2 || max(x.Photo.W, x.Photo.H) != 50 {
			t.Fatalf("%s: %d classes, photo of %dx%d", what, len(x.Classes), x.Photo.W, x.Photo.H)
		}
		for _, c := range x.Classes {
			sum := c.Bias
			for s, values := range c.Values {
				if len(values) != len(x.Scales[s].Positions) || len(values) == 0 {
					t.Fatalf("%s: %d values at %d positions", what, len(values), len(x.Scales[s].Positions))
				}
				one := 0.0
				for _, v := range values {
					one += v
				}
				if one != c.Sums[s] {
					t.Errorf("%s: the sum of scale %d is %v, said is %v", what, s, one, c.Sums[s])
				}
				sum += one
			}
			want := scores[fmt.Sprint(x.Image, x.Object)][c.Class]
			if math.Abs(sum-want) > 1e-5 || math.Abs(c.Score-want) > 1e-9 {
				t.Errorf("%s, %s, %s: evidence adds up to %v, its score is %v, predicted %v", what, x.Image, c.Class, sum, c.Score, want)
			}
		}
	}
	return all
}

// TestEvidenceAddsUp: bias and the values of all positions are the score, however scales are joined, descriptors
// divided by their norms, and maps pooled; for any number of threads the same.
func TestEvidenceAddsUp(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.Choice.Limit, j.Describe = 1, extract.Options{Layers: []string{"pool4", "fc7"}, Scales: []int{224, 250}}
	fixture.Extract(t, j)
	p := PredictJob{Weights: j.Weights, Inputs: []string{j.DataSet}, Choice: datasets.Options{Limit: 1}}
	for _, how := range protocol.Hows() {
		for _, l2 := range protocol.L2s() {
			table, recipe := madeOf(t, j.Out, extraction.FeatureChoice{Layer: "pool4", Aggregate: how, L2: l2})
			p.Head = randomHead(t, recipe, svm.SquaredHinge, table)
			explainSome(t, fmt.Sprint(how, " ", l2), p, false)
		}
	}
	for _, view := range []string{"", "crops", "centre"} {
		for _, pool := range []string{"mean", "max"} {
			table, recipe := madeOf(t, j.Out, extraction.FeatureChoice{Layer: "fc7", Scales: []int{250}, L2: protocol.L2Before})
			table.Identity.Views, table.Identity.Flip, table.Identity.Pooling = view, (view == "") == (pool == "mean"), pool
			if view != "" {
				table.Identity.CropSize = 224
			}
			p.Head, p.Threads = randomHead(t, recipe, svm.Logistic, table), 1
			by1 := explainSome(t, view+pool, p, true)
			p.Threads = 3
			if by3 := explainSome(t, view+pool, p, true); !reflect.DeepEqual(by1, by3) {
				t.Errorf("%s %s: other evidence by three threads", view, pool)
			}
		}
	}
}

// TestEvidenceOfParts: of a head of an image and its box by two nets each part has its own scales and its own frame.
func TestEvidenceOfParts(t *testing.T) {
	j := fixture.Job(t)
	set, err := datasets.Open(t.Context(), j.DataSet, datasets.Options{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	rows := "path,labels,xmin,ymin,xmax,ymax\n"
	for i, it := range set.Items {
		rows += fmt.Sprintf("%s,%s,30,20,%d,90\n", it.At.Path, []string{"cat", "dog"}[i], 80+i)
	}
	csv := filepath.Join(t.TempDir(), "boxes.csv")
	fixture.WriteFile(t, csv, []byte(rows))
	j.Choice.Limit, j.Describe = 2, extract.Options{Scales: []int{224, 240}}
	fixture.Extract(t, j)
	other := j
	other.Weights, other.Out = fixture.Weights(t, "vgg11_bn/32", 2), filepath.Join(t.TempDir(), "other")
	fixture.Extract(t, other)
	image, ri := madeOf(t, j.Out, extraction.FeatureChoice{L2: protocol.L2None})
	box, rb := madeOf(t, other.Out, extraction.FeatureChoice{Aggregate: protocol.Stack, L2: protocol.L2Before})
	image.Region, box.Region = RegionImage, RegionBox
	recipe, err := protocol.Fuse([]protocol.Recipe{ri, rb}, "")
	if err != nil {
		t.Fatal(err)
	}
	p := PredictJob{
		Head: randomHead(t, recipe, svm.SquaredHinge, image, box), Weights: j.Weights, AlsoWeights: []string{other.Weights}, Inputs: []string{"csv:" + csv},
	}
	for _, x := range explainSome(t, "parts", p, false) {
		if len(x.Scales) != 4 || x.Scales[0].Part != 1 || x.Scales[3].Part != 2 || x.Scales[3].Net != "vgg11_bn/32" {
			t.Fatalf("scales %+v", x.Scales)
		}
		if f := x.Scales[0].Frame; f != (Rect{0, 0, float64(x.Width), float64(x.Height)}) {
			t.Errorf("frame of the image: %v", f)
		}
		f := x.Scales[2].Frame
		for _, p := range x.Scales[2].Positions {
			if cx, cy := p.Window.Centre(); cx < f.X0 || cx > f.X1 || cy < f.Y0 || cy > f.Y1 {
				t.Errorf("the middle of %v is not in the box %v", p, f)
			}
		}
	}
}

// TestEvidenceRefuses what is no sum over positions, by Predict before any image is looked at.
func TestEvidenceRefuses(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.Describe = extract.Options{Layers: []string{"prob", "fc7"}, Scales: []int{224}}
	fixture.Extract(t, j)
	table, recipe := madeOf(t, j.Out, extraction.FeatureChoice{Layer: "prob"})
	p := PredictJob{Head: randomHead(t, recipe, svm.SquaredHinge, table), Weights: j.Weights}
	p.Inputs, p.Explain = []string{j.DataSet}, &ExplainJob{Images: 1}
	err := Predict(t.Context(), p, func(Prediction) error { t.Error("an answer is told"); return nil }, conveyor.Events{})
	if err == nil || !strings.Contains(err.Error(), "softmax") {
		t.Errorf("probabilities: %v", err)
	}
}

// chequered draws an image of grey with a chequered patch of 40 pixels from x and y, or without one.
func chequered(t *testing.T, path string, rng *rand.Rand, patch bool, x, y int) {
	t.Helper()
	im := image.NewGray(image.Rect(0, 0, 200, 160))
	for i := range im.Pix {
		im.Pix[i] = uint8(118 + rng.IntN(20))
	}
	for dy := range 40 {
		for dx := range 40 {
			if patch {
				im.SetGray(x+dx, y+dy, color.Gray{Y: uint8(255 * ((dx/5 + dy/5) % 2))})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	fixture.WriteFile(t, path, b.Bytes())
}

// TestEvidenceIsWhereTheObjectIs: of a head that was trained on drawn patches the evidence for one is where it was
// drawn, in the straight picture as in the mirrored one.
func TestEvidenceIsWhereTheObjectIs(t *testing.T) {
	fixture.SkipShort(t)
	dir, rng := t.TempDir(), rand.New(rand.NewPCG(9, 4))
	for i := range 40 {
		name := []string{"none", "cat"}[i%2]
		chequered(t, filepath.Join(dir, "set", name, fmt.Sprintf("%02d.png", i)), rng, i%2 == 1, rng.IntN(160), rng.IntN(120))
	}
	j := extraction.Job{
		DataSet: "folder:" + filepath.Join(dir, "set"), Weights: fixture.Weights(t, "vgg11/32", 1), Out: filepath.Join(dir, "run"),
		Describe: extract.Options{Layers: []string{"pool3"}, Scales: []int{96, 128}},
	}
	fixture.Extract(t, j)
	h, err := Train(t.Context(), Job{Features: j.Out, Protocol: "caltech101", Options: protocol.Options{Settings: protocol.Settings{C: 100}, TrainPerClass: 15, Seeds: []uint32{0}}}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range [][2]int{{10, 10}, {150, 100}, {20, 110}} {
		path := filepath.Join(t.TempDir(), "new.png")
		chequered(t, path, rng, true, at[0], at[1])
		all, _ := evidenceOf(t, fmt.Sprint(at), PredictJob{Head: h.Out, Weights: j.Weights, Inputs: []string{path}}, Ask{Top: 2})
		x := all[0]
		k := slices.IndexFunc(x.Classes, func(c ClassEvidence) bool { return c.Class == "cat" })
		for s, scale := range x.Scales {
			for _, mirrored := range []bool{false, true} {
				best, most := Position{}, math.Inf(-1)
				for i, p := range scale.Positions {
					if v := x.Classes[k].Values[s][i]; p.Mirrored == mirrored && v > most {
						best, most = p, v
					}
				}
				cx, cy := best.Window.Centre()
				if dx, dy := cx-float64(at[0]+20), cy-float64(at[1]+20); most <= 0 || math.Abs(dx) > 30 || math.Abs(dy) > 30 {
					t.Errorf("patch at %v, scale %d, mirrored %v: most evidence, %v, at %.0f, %.0f", at, scale.Scale, mirrored, most, cx, cy)
				}
			}
		}
	}
}
