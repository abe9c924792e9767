package evaluation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"fc7/datasets"
	"fc7/extract"
	"fc7/heads/metrics"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/internal/fixture"
	"fc7/pipeline/table"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// goldenEvaluation is what testdata/golden_evaluate.py made by PyTorch.
type goldenEvaluation struct {
	Labels     []int // outputs of the net
	Ranks      map[string][]int
	Errors     map[string][2]float64
	Posteriors []map[string][]float64
}

var goldenNet = filepath.Join("..", "..", "vgg", "testdata", "golden_vgg16.safetensors")

func readGoldenEvaluation(t *testing.T) goldenEvaluation {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "golden_evaluate.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g goldenEvaluation
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// madeImage is image i of testdata/golden_evaluate.py, as a PNG file.
func madeImage(t *testing.T, i int) []byte {
	t.Helper()
	im := image.NewNRGBA(image.Rect(0, 0, 301-9*i, 230+7*i))
	for k := range im.Pix {
		y, x, c := k/im.Stride, k%im.Stride/4, k%4
		v := x*(7+i) + y*(13+5*i) + c*50*i + (x*y)%(31+i) + (x/16+y/24)%2*(90+3*i)
		if im.Pix[k] = byte(v); c == 3 {
			im.Pix[k] = 255
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wnid is the WordNet id that stands for output k of the golden net; the order of ids is not that of the outputs.
func wnid(k int) string { return datasets.ILSVRC2012()[(k*397+100)%1000].WNID }

// wnidList names the outputs of a net of 10 classes.
func wnidList(t *testing.T) string {
	t.Helper()
	text := ""
	for k := range 10 {
		text += wnid(k) + "\n"
	}
	path := filepath.Join(t.TempDir(), "classes.txt")
	fixture.WriteFile(t, path, []byte(text))
	return path
}

// goldenImageNet is a validation set of the golden images, PNG files named JPEG as one of ImageNet's is, with the
// development kit's ground truth.
func goldenImageNet(t *testing.T, g goldenEvaluation) string {
	t.Helper()
	root := t.TempDir()
	truth, mapping := "", ""
	for i, label := range g.Labels {
		fixture.WriteFile(t, filepath.Join(root, "val", fmt.Sprintf("ILSVRC2012_val_%08d.JPEG", i+1)), madeImage(t, i))
		truth += fmt.Sprintln(10 - label) // ids in an order of their own
	}
	for k := range 10 {
		mapping += fmt.Sprintln(wnid(k), 10-k, "some_name")
	}
	kit := filepath.Join(root, "ILSVRC2012_devkit_t12", "data")
	fixture.WriteFile(t, filepath.Join(kit, "ILSVRC2012_validation_ground_truth.txt"), []byte(truth))
	fixture.WriteFile(t, filepath.Join(kit, "map_clsloc.txt"), []byte(mapping))
	return "imagenet:" + root
}

func evaluateJob(t *testing.T, dataSet string, views ...extract.ViewMode) Job {
	t.Helper()
	return Job{
		DataSet: dataSet, Weights: []string{goldenNet}, Classes: wnidList(t), Out: filepath.Join(t.TempDir(), "run"),
		Testing: Testing{Scales: []int{240, 256}, Views: views}, ShardRows: 4, Worst: 3,
	}
}

func mustEvaluate(t *testing.T, j Job) *Result {
	t.Helper()
	e, err := Evaluate(context.Background(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// way is how testdata/golden_evaluate.py calls a row.
func way(r ErrorRow) string {
	if len(r.Scales) > 1 || r.Views == "centre" {
		return r.Views
	}
	return fmt.Sprintf("%s %d", r.Views, r.Scales[0])
}

// Posteriors and errors in every way of testing are PyTorch's.
func TestEvaluateAgainstPyTorch(t *testing.T) {
	g := readGoldenEvaluation(t)
	spec := goldenImageNet(t, g)
	j := evaluateJob(t, spec, extract.ViewsDense, extract.ViewsCrops)
	e := mustEvaluate(t, j)
	want := []string{"dense 240", "dense 256", "dense", "crops 240", "crops 256", "crops", "dense+crops"}
	checkGoldenRows(t, g, e, want)
	if e.Images != 10 || e.Failed != 0 || e.Unlabelled != 0 || len(e.Tables) != 2 {
		t.Errorf("%+v", e)
	}
	checkGoldenColumns(t, g, e.Tables[0], map[string]string{"prob_q240": "dense 240", "prob_q256": "dense 256"})
	checkGoldenColumns(t, g, e.Tables[1], map[string]string{"prob_crops_q240": "crops 240", "prob_crops_q256": "crops 256"})

	j = evaluateJob(t, spec, extract.ViewsCentre)
	j.Testing.Scales = nil // torchvision's 256
	e = mustEvaluate(t, j)
	checkGoldenRows(t, g, e, []string{"centre"})
	checkGoldenColumns(t, g, e.Tables[0], map[string]string{"prob_centre_q256": "centre 256"})
}

func checkGoldenRows(t *testing.T, g goldenEvaluation, e *Result, want []string) {
	t.Helper()
	var got []string
	for _, r := range e.Rows {
		got = append(got, way(r))
		if w := g.Errors[way(r)]; float64(r.Top1) != w[0] || float64(r.Top5) != w[1] || r.Images != 10 {
			t.Errorf("%s: errors %v and %v of %d, PyTorch's %v", way(r), r.Top1, r.Top5, r.Images, w)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
}

func checkGoldenColumns(t *testing.T, g goldenEvaluation, dir string, columns map[string]string) {
	t.Helper()
	table, err := outputs.OpenTable(dir, outputs.ReadOptions{Columns: slices.Collect(maps.Keys(columns))})
	if err != nil {
		t.Fatal(err)
	}
	for name, golden := range columns {
		m, err := table.Descriptors(name)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i, p := range g.Posteriors {
			for k, want := range p[golden] {
				worst = max(worst, math.Abs(float64(m.Row(i)[k])-want))
			}
		}
		if !(worst < 1e-5) {
			t.Errorf("%s: differs by %.2g from PyTorch", name, worst)
		}
	}
}

// The ranks behind the errors, the worst classes and the confusions follow from the golden ranks.
func TestEvaluateWorst(t *testing.T) {
	g := readGoldenEvaluation(t)
	j := evaluateJob(t, goldenImageNet(t, g), extract.ViewsDense)
	j.Worst = 100
	e := mustEvaluate(t, j)
	missed := map[string]int{}
	for i, r := range g.Ranks["dense"] {
		if r > 0 {
			missed[wnid(g.Labels[i])]++
		}
	}
	got := map[string]int{}
	for _, w := range e.Worst {
		got[w.Label] = w.Top1
		if w.Name == "" || w.Items < w.Top1 {
			t.Errorf("worst class %+v", w)
		}
	}
	if !reflect.DeepEqual(got, missed) {
		t.Errorf("missed %v, want %v", got, missed)
	}
	wrong := map[string]int{}
	for i, p := range g.Posteriors {
		sum := average(nil, [][]float32{toFloat32(p["dense 240"]), toFloat32(p["dense 256"])})
		if best := metrics.Best(sum); best != g.Labels[i] {
			wrong[wnid(g.Labels[i])+" "+wnid(best)]++
		}
	}
	answers := map[string]int{}
	for _, c := range e.Confusions {
		answers[c.Truth.Label+" "+c.Answer.Label] = c.Count
	}
	if !reflect.DeepEqual(answers, wrong) {
		t.Errorf("confusions %v, want %v", answers, wrong)
	}
}

func toFloat32(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

// secondNet is another net of the golden net's 10 classes.
func secondNet(t *testing.T, metadata map[string]string) string {
	t.Helper()
	c, err := vgg.Lookup("vgg11/32")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 10
	path := filepath.Join(t.TempDir(), "second.safetensors")
	if err := vgg.Init(t.Context(), path, c, 7, weights.SafetensorsOptions{Metadata: metadata}); err != nil {
		t.Fatal(err)
	}
	return path
}

// A net added later joins the tables that are there, and the last row is of the mean of all posteriors.
func TestEvaluateNetsTogether(t *testing.T) {
	g := readGoldenEvaluation(t)
	j := evaluateJob(t, goldenImageNet(t, g), extract.ViewsDense)
	first := mustEvaluate(t, j)
	before := fixture.TableBytes(t, first.Tables[0])
	j.Weights = append(j.Weights, secondNet(t, nil))
	computed := 0
	e, err := Evaluate(context.Background(), j, conveyor.Events{Progress: func(p conveyor.Progress) { computed = max(computed, p.Done-p.Earlier) }})
	if err != nil {
		t.Fatal(err)
	}
	if computed != 10 {
		t.Errorf("%d images computed, want the 10 of the second net", computed)
	}
	for _, dir := range e.Tables { // whatever a net is called
		if filepath.Dir(dir) != filepath.Join(j.Out, PosteriorsDir) {
			t.Errorf("posteriors in %s", dir)
		}
	}
	fixture.SameTable(t, before, fixture.TableBytes(t, e.Tables[0]))
	last := e.Rows[len(e.Rows)-1]
	if len(e.Rows) != 7 || !slices.Equal(last.Nets, []string{"vgg16/32:fc20", "vgg11/32"}) {
		t.Fatalf("rows %+v", e.Rows)
	}
	var ranks []int
	var parts [][]outputs.Matrix
	for _, dir := range e.Tables {
		var m []outputs.Matrix
		table, err := outputs.OpenTable(dir, outputs.ReadOptions{Columns: []string{"prob_q240", "prob_q256"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"prob_q240", "prob_q256"} {
			x, err := table.Descriptors(name)
			if err != nil {
				t.Fatal(err)
			}
			m = append(m, x)
		}
		parts = append(parts, m)
	}
	for i, label := range g.Labels {
		mean := make([]float64, 10)
		for k := range mean {
			for _, m := range parts {
				mean[k] += (float64(m[0].Row(i)[k]) + float64(m[1].Row(i)[k])) / 4
			}
		}
		ranks = append(ranks, metrics.Rank(mean, label))
	}
	if last.Top1 != metrics.TopKError(ranks, 1) || last.Top5 != metrics.TopKError(ranks, 5) {
		t.Errorf("together %v and %v, want %v and %v", last.Top1, last.Top5, metrics.TopKError(ranks, 1), metrics.TopKError(ranks, 5))
	}
}

// An interrupted evaluation goes on, and ends as an undisturbed one.
func TestEvaluateResumes(t *testing.T) {
	g := readGoldenEvaluation(t)
	j := evaluateJob(t, goldenImageNet(t, g), extract.ViewsDense, extract.ViewsCentre)
	whole := mustEvaluate(t, j)
	j.Out = filepath.Join(t.TempDir(), "again")
	for stop := range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Evaluate(ctx, j, conveyor.Events{Progress: func(p conveyor.Progress) {
			if p.Done-p.Earlier == 5 {
				cancel()
			}
		}})
		cancel()
		var interrupted *extraction.InterruptedError
		if err != nil && !errors.As(err, &interrupted) {
			t.Fatalf("stop %d: %v", stop, err)
		}
	}
	again := mustEvaluate(t, j)
	for i := range whole.Tables {
		fixture.SameTable(t, fixture.TableBytes(t, whole.Tables[i]), fixture.TableBytes(t, again.Tables[i]))
	}
	for _, name := range []string{PredictionsName, EvaluationName} {
		a, errA := os.ReadFile(filepath.Join(whole.Out, name))
		b, errB := os.ReadFile(filepath.Join(again.Out, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s: %d and %d bytes, %v, %v", name, len(a), len(b), errA, errB)
		}
	}
	j.Testing.Scales = []int{240}
	_, err := Evaluate(context.Background(), j, conveyor.Events{})
	var mismatch *table.MismatchError
	if !errors.As(err, &mismatch) {
		t.Errorf("other scales: %v", err)
	}
}
