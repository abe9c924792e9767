package evaluation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fc7/extract"
	"fc7/heads/metrics"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

func classifyAll(t *testing.T, j ClassifyJob) ([]Classified, error) {
	t.Helper()
	var all []Classified
	err := Classify(context.Background(), j, func(c Classified) error {
		all = append(all, c)
		return nil
	}, conveyor.Events{})
	return all, err
}

// The answers and their probabilities are those of PyTorch's posteriors, for one way of testing and for several.
func TestClassifyAgainstPyTorch(t *testing.T) {
	g := readGoldenEvaluation(t)
	var files []string
	for i := range 3 {
		files = append(files, filepath.Join(t.TempDir(), fmt.Sprintf("%d.png", i)))
		fixture.WriteFile(t, files[i], madeImage(t, i))
	}
	for _, c := range []struct {
		testing Testing
		columns []string
	}{
		{Testing{Scales: []int{240, 256}}, []string{"dense 240", "dense 256"}},
		{Testing{Views: []extract.ViewMode{extract.ViewsCentre}}, []string{"centre 256"}},
		{Testing{Scales: []int{240}, Views: []extract.ViewMode{extract.ViewsDense, extract.ViewsCrops}}, []string{"dense 240", "crops 240"}},
	} {
		got, err := classifyAll(t, ClassifyJob{Weights: []string{goldenNet}, Classes: wnidList(t), Inputs: files, Testing: c.testing, Top: 3})
		if err != nil || len(got) != len(files) {
			t.Fatalf("%d answers, %v", len(got), err)
		}
		for i, a := range got {
			var parts [][]float32
			for _, name := range c.columns {
				parts = append(parts, toFloat32(g.Posteriors[i][name]))
			}
			sum := average(nil, parts)
			for n, k := range metrics.Top(sum, 3) {
				want := sum[k] / float64(len(c.columns))
				if p := a.Top[n]; p.Label != wnid(k) || p.Name == "" || math.Abs(p.Probability-want) > 1e-5 {
					t.Errorf("%v, image %d, place %d: %+v, want %s with %v", c.columns, i, n, p, wnid(k), want)
				}
			}
			if a.Image == "" || len(a.Top) != 3 {
				t.Errorf("%+v", a)
			}
		}
	}
}

// An image that fails keeps its place, and two nets are averaged.
func TestClassifyFailuresAndNets(t *testing.T) {
	dir := t.TempDir()
	fixture.WriteFile(t, filepath.Join(dir, "a.png"), madeImage(t, 0))
	fixture.WriteFile(t, filepath.Join(dir, "b.png"), []byte("no image"))
	torn := filepath.Join(t.TempDir(), "torn.png")
	fixture.WriteFile(t, torn, []byte("no image"))
	j := ClassifyJob{Classes: wnidList(t), Inputs: []string{"folder:" + dir, torn}, Testing: Testing{Scales: []int{224}}, Top: 10}
	one := map[string]float64{}
	nets := []string{goldenNet, secondNet(t, nil)}
	for _, w := range nets {
		j.Weights = []string{w}
		got, err := classifyAll(t, j)
		if !errors.Is(err, conveyor.ErrSomeFailed) || len(got) != 3 || got[1].Error == "" || got[2].Error == "" || len(got[1].Top) > 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, p := range got[0].Top {
			one[p.Label] += p.Probability / 2
		}
	}
	j.Weights = nets
	got, err := classifyAll(t, j)
	if !errors.Is(err, conveyor.ErrSomeFailed) || len(got) != 3 || !strings.Contains(got[1].Error, "unknown image format") || !strings.HasSuffix(got[2].Image, "torn.png") {
		t.Fatalf("%+v, %v", got, err)
	}
	sum := 0.0
	for _, p := range got[0].Top {
		sum += p.Probability
		if math.Abs(p.Probability-one[p.Label]) > 1e-7 {
			t.Errorf("%s: %v, want the mean %v", p.Label, p.Probability, one[p.Label])
		}
	}
	if len(got[0].Top) != 10 || math.Abs(sum-1) > 1e-5 {
		t.Errorf("%d classes, whose probabilities sum to %v", len(got[0].Top), sum)
	}
}

func TestClassifyRefuses(t *testing.T) {
	j := ClassifyJob{Weights: []string{goldenNet, fixture.Weights(t, "vgg11/32", 1)}, Inputs: []string{goldenNet}, Top: 1, Testing: Testing{Scales: []int{224}}}
	for classes, want := range map[string]string{"": "10 outputs", wnidList(t): "but the net of"} {
		j.Classes = classes
		if _, err := classifyAll(t, j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("classes %q: %v", classes, err)
		}
	}
}

// What failed in one pass has no answer, even where a later pass has one.
func TestClassifyFailureOfOnePass(t *testing.T) {
	c := &classifier{classes: []Class{{Label: "a"}, {Label: "b"}}, parts: 2, top: 2, sums: make([][]float64, 2), errors: map[int]string{}}
	ok := outputs.Row{Status: outputs.StatusOK, Descriptors: [][]float32{{0.25, 0.75}}}
	c.keep(conveyor.Numbered{Item: 0, Row: ok})
	c.keep(conveyor.Numbered{Item: 1, Row: outputs.Row{Status: outputs.StatusFailed, Error: "not finite"}})
	if a := c.classified(conveyor.Numbered{Item: 0, Row: ok}); a.Error != "" || a.Top[0].Label != "b" || a.Top[0].Probability != 0.75 {
		t.Errorf("%+v", a)
	}
	if a := c.classified(conveyor.Numbered{Item: 1, Row: ok}); a.Error != "not finite" || a.Top != nil || c.failed != 1 {
		t.Errorf("%+v, %d failed", a, c.failed)
	}
}
