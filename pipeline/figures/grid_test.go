package figures

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/heads"
)

// scored writes scores of a protocol with a figure for each division, and returns their folder.
func scored(t *testing.T, kind, layer string, change func(r *heads.Result), figures ...float64) string {
	t.Helper()
	dir := t.TempDir()
	p := protocol.For(kind)
	figure := p.Headline[0]
	r := heads.Result{Result: &protocol.Result{
		Protocol: p.Name, Headline: protocol.MeasureOf(figure), Trained: "trainval", Scored: "test", Classes: []protocol.Class{{Name: "cat"}},
		Recipe: protocol.Recipe{Scales: []int{256}, Widths: []int{8}},
	}, Tables: []heads.Table{{
		Identity: outputs.Identity{Net: "vgg16", WeightsSHA256: "ab", Inputs: outputs.Inputs{Kind: kind, Count: 40, SHA256: "cd"}}, Layer: layer, Columns: []string{layer + "_q256"},
	}}}
	sum := 0.0
	for n, v := range figures {
		sum += v
		s := protocol.Split{Seed: uint32(n), Figures: protocol.Figures{{Name: figure, Value: metrics.Value(v)}}, Images: protocol.Images{Train: 3, Test: 8}, Choice: protocol.Choice{C: 1}}
		if len(figures) > 1 {
			s.Name = "split " + string(rune('1'+n))
		}
		r.Splits = append(r.Splits, s)
	}
	r.Figures = protocol.Figures{{Name: figure, Value: metrics.Value(sum / float64(len(figures)))}}
	r.Deviation = protocol.Figures{{Name: figure, Value: 0.125}}
	if change != nil {
		change(&r)
	}
	if err := outputs.WriteJSON(filepath.Join(dir, heads.ScoresFile), r); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestGrid: runs stand in their data set's column and in the row of what they are made of; the best is marked, a hole
// has its reason, and differences are those of the divisions.
func TestGrid(t *testing.T) {
	a, b, c := scored(t, "dtd", "fc7", nil, 0.5, 0.7, 0.9), scored(t, "dtd", "pool5", nil, 0.5, 0.6, 0.7), scored(t, "pets", "fc7", nil, 0.25)
	g, err := CollectGrid(GridJob{Runs: []string{a, b, c}, Against: "vgg16 fc7"})
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Columns) != 2 || len(g.Rows) != 2 || g.Columns[0].Measure.Figure != "accuracy" || g.Columns[1].DataSet != "pets" || g.Columns[0].Divisions != 3 {
		t.Fatalf("%+v", g)
	}
	first, second := g.Rows[0], g.Rows[1]
	if first.Name != "vgg16 fc7" || second.Name != "vgg16 pool5" || !first.Cells[0].Best || second.Cells[0].Best || first.Cells[1].Best || !strings.Contains(second.Cells[1].Missing, "no run of pets") {
		t.Errorf("%+v", g.Rows)
	}
	if first.Cells[1].Deviation.Defined() || !first.Cells[0].Deviation.Defined() {
		t.Error("a deviation of one division, or none of three")
	}
	// Differences of 0, -0.1 and -0.2: mean -0.1, deviation 0.1, so the interval is 4.303 * 0.1 / sqrt(3) wide.
	d, half := second.Cells[0].Difference, 4.303*0.1/math.Sqrt(3)
	if d == nil || d.Of != 3 || math.Abs(float64(d.Mean)+0.1) > 1e-12 || math.Abs(float64(d.Upper)+0.1-half) > 1e-12 || math.Abs(float64(d.Lower)+0.1+half) > 1e-12 || first.Cells[0].Difference != nil {
		t.Errorf("%+v", d)
	}
	if _, err := CollectGrid(GridJob{Runs: []string{a}, Against: "vgg19"}); err == nil || !strings.Contains(err.Error(), `unknown row "vgg19"`) {
		t.Error(err)
	}
}

// TestGridNames: runs of one name are one row, and two of one cell are refused.
func TestGridNames(t *testing.T) {
	a, b, c := scored(t, "dtd", "fc7", nil, 0.5), scored(t, "pets", "fc7", nil, 0.5), scored(t, "dtd", "fc6", nil, 0.5)
	g, err := CollectGrid(GridJob{Runs: []string{"x=" + a, "x=" + b, "y=" + c}})
	if err != nil || len(g.Rows) != 2 || g.Rows[0].Name != "x" || g.Rows[0].Cells[1].Missing != "" {
		t.Errorf("%+v, %v", g, err)
	}
	var wrong *usage.Error
	if _, err := CollectGrid(GridJob{Runs: []string{"x=" + a, "x=" + c}}); err == nil || errors.As(err, &wrong) || !strings.Contains(err.Error(), `are both "x" of dtd`) {
		t.Error(err)
	}
	loss := scored(t, "dtd", "fc7", func(r *heads.Result) { r.Recipe.Aggregate = protocol.Stack }, 0.5)
	if g, err = CollectGrid(GridJob{Runs: []string{a, loss}}); err != nil || len(g.Rows) != 2 || g.Rows[1].Name != "vgg16 fc7, stack" {
		t.Errorf("%+v, %v", g, err)
	}
}

// TestGridRefuses: runs of a data set that were not scored alike have no column.
func TestGridRefuses(t *testing.T) {
	a := scored(t, "dtd", "fc7", nil, 0.5, 0.6)
	for want, other := range map[string]string{
		"divisions: split 1, split 2 and split 1, split 2, split 3": scored(t, "dtd", "fc6", nil, 0.5, 0.6, 0.7),
		"list of images: cd and ef":                                 scored(t, "dtd", "fc6", func(r *heads.Result) { r.Tables[0].Identity.Inputs.SHA256 = "ef" }, 0.5, 0.6),
		"images: 40 and 41":                                         scored(t, "dtd", "fc6", func(r *heads.Result) { r.Tables[0].Identity.Inputs.Count = 41 }, 0.5, 0.6),
		"rows left out: 0 and 3": scored(t, "dtd", "fc6", func(r *heads.Result) {
			r.LeftOut, r.Excluded = &heads.LeftOut{Rows: 3, SHA256: strings.Repeat("a", 64)}, []string{"a", "b", "c"}
		}, 0.5, 0.6),
		"labels: none and 12": scored(t, "dtd", "fc6", func(r *heads.Result) { r.LabelsFrom = &heads.From{File: "f", SHA256: "12"} }, 0.5, 0.6),
		"splits: none and 34": scored(t, "dtd", "fc6", func(r *heads.Result) { r.SplitsFrom = &heads.From{File: "f", SHA256: "34"} }, 0.5, 0.6),
	} {
		var mixed *MixedError
		if _, err := CollectGrid(GridJob{Runs: []string{a, other}}); !errors.As(err, &mixed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := CollectGrid(GridJob{Runs: []string{t.TempDir()}}); err == nil || !strings.Contains(err.Error(), "has no heads") {
		t.Error(err)
	}
}

// TestGridPaper: the paper's rows stand below, and are never the best.
func TestGridPaper(t *testing.T) {
	g, err := CollectGrid(GridJob{Runs: []string{scored(t, "voc2007", "fc7", nil, 0.5), scored(t, "voc2007", "fc6", nil, 0.4)}, Paper: true})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]float64{}
	for _, r := range g.Rows {
		names[r.Name] = float64(r.Cells[0].Value)
		if r.Published && r.Cells[0].Best {
			t.Errorf("%s is the best", r.Name)
		}
	}
	if !g.Rows[0].Cells[0].Best || names["Simonyan and Zisserman, D and E (published)"] != 0.897 || math.Abs(names["Chatfield et al. 2014 (published)"]-0.824) > 1e-12 {
		t.Errorf("%v", names)
	}
}

// TestGridOfLowShot: the rows are the heads of the curves, and differences those of the draws; a run without the point,
// and draws of other seeds, are refused.
func TestGridOfLowShot(t *testing.T) {
	with := func(seed uint32) string {
		return scored(t, "dtd", "fc7", func(r *heads.Result) {
			r.LowShot = lowShot("accuracy", 4)
			for _, c := range r.LowShot.Curves {
				c.Points[0].Draws[0].Seed = seed
			}
		}, 0.5)
	}
	a := with(3)
	g, err := CollectGrid(GridJob{Runs: []string{"a=" + a}, Shots: 4, Against: "a, nearest class mean"})
	if err != nil || len(g.Rows) != 3 || g.Columns[0].Divisions != 2 || g.Columns[0].Images != 7 || !strings.Contains(strings.Join(g.Notes, " "), "classes have 3–4") {
		t.Fatalf("%v: %+v", err, g)
	}
	if c := g.Rows[2].Cells[0]; g.Rows[2].Name != "a, logistic (softmax)" || c.Value != 0.375 || c.Deviation != 0.25 || c.Difference.Mean != -0.25 || c.Difference.Of != 2 || !g.Rows[0].Cells[0].Best {
		t.Errorf("%+v", g.Rows)
	}
	for want, j := range map[string]GridJob{
		"no point of 2 images":             {Runs: []string{a}, Shots: 2},
		"no low-shot curves":               {Runs: []string{scored(t, "dtd", "fc7", nil, 0.5)}, Shots: 4},
		"divisions: draw 3, draw 9 and dr": {Runs: []string{"a=" + a, "b=" + with(5)}, Shots: 4},
	} {
		if _, err := CollectGrid(j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
