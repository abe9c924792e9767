package evaluation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/extract"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
	"fc7/vgg"
)

// The oddities of ImageNet are read: gray, CMYK and PNG images named JPEG. An image that cannot be read is an error of
// the net, an unlabelled one is not counted.
func TestEvaluateOddImages(t *testing.T) {
	root := t.TempDir()
	decode := filepath.Join("..", "..", "extract", "picture", "testdata", "decode")
	for i, name := range []string{"gray.jpg", "cmyk.jpg", "palette.png", "ycc420.jpg"} {
		data, err := os.ReadFile(filepath.Join(decode, name))
		if err != nil {
			t.Fatal(err)
		}
		fixture.WriteFile(t, filepath.Join(root, "val", wnid(i), fmt.Sprintf("ILSVRC2012_val_%08d.JPEG", i+1)), data)
	}
	fixture.WriteFile(t, filepath.Join(root, "val", wnid(4), "ILSVRC2012_val_00000005.JPEG"), []byte("\xff\xd8\xff\xe0 not an image"))
	fixture.WriteFile(t, filepath.Join(root, "val", "ILSVRC2012_val_00000006.JPEG"), madeImage(t, 0))
	j := evaluateJob(t, "imagenet:"+root, extract.ViewsDense)
	j.Testing.Scales = []int{224}
	var warned, notes []string
	ev := conveyor.Events{Warning: func(w conveyor.Warning) { warned = append(warned, w.Image) }, Note: func(n string) { notes = append(notes, n) }}
	e, err := Evaluate(context.Background(), j, ev)
	if !errors.Is(err, conveyor.ErrSomeFailed) || e == nil {
		t.Fatal(err)
	}
	if e.Images != 6 || e.Failed != 1 || e.Unlabelled != 1 || e.Rows[0].Images != 5 || !slices.Equal(warned, []string{"val/ILSVRC2012_val_00000005.JPEG"}) {
		t.Errorf("%+v, warned %q", e, warned)
	}
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "1 image without a label: not counted") {
		t.Errorf("told %q", all)
	}
	if e.Rows[0].Top5 < 0.2 {
		t.Errorf("top-5 error %v: the failed image does not count", e.Rows[0].Top5)
	}
}

// A folder of one's own is evaluated by a net that names its classes, as a finetuned one does.
func TestEvaluateFolder(t *testing.T) {
	root := t.TempDir()
	for i := range 6 {
		fixture.WriteFile(t, filepath.Join(root, []string{"cat", "dog"}[i%2], fmt.Sprintf("%d.png", i)), madeImage(t, i))
	}
	names := strings.Split("ant bee cat cow dog eel fox gnu hen owl", " ")
	text, err := vgg.EncodeClasses(names)
	if err != nil {
		t.Fatal(err)
	}
	j := Job{
		DataSet: "folder:" + root, Weights: []string{secondNet(t, map[string]string{vgg.MetaClasses: text})},
		Testing: Testing{Scales: []int{224}}, Out: filepath.Join(t.TempDir(), "run"), Worst: 10,
	}
	e := mustEvaluate(t, j)
	if len(e.Rows) != 1 || e.Rows[0].Images != 6 || e.Rows[0].Published != nil {
		t.Errorf("%+v", e.Rows)
	}
	for _, c := range e.Confusions {
		if c.Truth.Label != "cat" && c.Truth.Label != "dog" || !slices.Contains(names, c.Answer.Label) {
			t.Errorf("confusion %+v", c)
		}
	}
}

func TestEvaluateRefuses(t *testing.T) {
	g := readGoldenEvaluation(t)
	spec := goldenImageNet(t, g)
	own := t.TempDir()
	fixture.WriteFile(t, filepath.Join(own, "cat", "1.png"), madeImage(t, 0))
	flat := t.TempDir()
	fixture.WriteFile(t, filepath.Join(flat, "1.png"), madeImage(t, 0))
	short := filepath.Join(t.TempDir(), "short.txt")
	fixture.WriteFile(t, short, []byte("n01440764\nn01443537\n"))
	twice := filepath.Join(t.TempDir(), "twice.txt")
	fixture.WriteFile(t, twice, []byte("a\nb\na\n"))
	for name, c := range map[string]struct {
		change func(*Job)
		want   string
	}{
		"no weights":        {func(j *Job) { j.Weights = nil }, "no weights"},
		"same net twice":    {func(j *Job) { j.Weights = append(j.Weights, goldenNet) }, "are the same weights"},
		"other classes":     {func(j *Job) { j.DataSet = "folder:" + own }, "none of the net's 10 (cat)"},
		"no labels":         {func(j *Job) { j.DataSet = "folder:" + flat }, "no image has a label"},
		"several labels":    {func(j *Job) { j.DataSet = fixture.Drawn(t, synth.LayoutVOC2007, 12) }, "one label an image"},
		"short list":        {func(j *Job) { j.Classes = short }, "2 classes"},
		"class twice":       {func(j *Job) { j.Classes = twice }, "the class a is in line 1 already"},
		"no list":           {func(j *Job) { j.Classes = "" }, "10 outputs, and the file does not name their classes"},
		"another net":       {func(j *Job) { j.Net = "vgg19" }, "vgg19"},
		"scale too small":   {func(j *Job) { j.Testing.Scales = []int{100} }, "224"},
		"split not there":   {func(j *Job) { j.Choice.Split = "train" }, "no train here"},
		"list that is gone": {func(j *Job) { j.Classes = filepath.Join(own, "no") }, "the list of classes"},
		"another's folder": {func(j *Job) {
			j.Out = t.TempDir()
			fixture.WriteFile(t, filepath.Join(j.Out, EvaluationName), []byte("mine"))
		}, EvaluationName},
	} {
		j := evaluateJob(t, spec, extract.ViewsDense)
		j.Testing.Scales = []int{240}
		c.change(&j)
		if _, err := Evaluate(context.Background(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
		if _, err := Estimate(t.Context(), j, conveyor.Events{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, foretold: error %v, want one with %q", name, err, c.want)
		}
	}
}
