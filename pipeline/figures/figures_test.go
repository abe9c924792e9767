package figures

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/evaluation"
	"fc7/pipeline/heads"
	"fc7/pipeline/paper"
)

// runs makes a run with heads, an evaluation and a reproduction.
func runs(t *testing.T) (run, evaluated, reproduced string) {
	t.Helper()
	dir := t.TempDir()
	run, evaluated, reproduced = filepath.Join(dir, "run"), filepath.Join(dir, "a=b"), filepath.Join(dir, "repro")
	nan := metrics.Value(math.NaN())
	for path, v := range map[string]any{
		filepath.Join(run, heads.Folder, heads.ScoresFile): heads.Result{Result: &protocol.Result{
			Protocol: "set", Headline: protocol.MeasureOf("accuracy"),
			Figures:   protocol.Figures{{Name: "accuracy", Value: 0.5}, {Name: "mean_ap", Value: 0.25}},
			Deviation: protocol.Figures{{Name: "accuracy", Value: 0.125}, {Name: "mean_ap", Value: nan}},
			Classes:   []protocol.Class{{Name: "cat"}}, Splits: []protocol.Split{{Images: protocol.Images{Train: 3, Test: 8}, Choice: protocol.Choice{C: 1}}},
			Recipe: protocol.Recipe{Scales: []int{256}, Widths: []int{8}},
		}, Tables: []heads.Table{{Identity: outputs.Identity{Net: "vgg16", WeightsSHA256: "ab"}, Layer: "fc7", Columns: []string{"fc7_q256"}}}},
		filepath.Join(evaluated, evaluation.EvaluationName): evaluation.Result{Rows: []evaluation.ErrorRow{
			{Views: "centre", Images: 40, Top1: 0.9, Top5: 0.8, MeanRecall: 0.1},
			{Views: "dense", Images: 40, Top1: 0.25, Top5: 0.125, MeanRecall: 0.75},
		}},
		filepath.Join(reproduced, paper.File): paper.Reproduction{Task: "caltech101", Lines: []paper.Line{
			{Task: "caltech101", Net: protocol.PaperD, Ours: 0.875, Deviation: 0.5}, {Task: "caltech101", Net: protocol.PaperE, Ours: nan, Deviation: nan},
		}},
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := outputs.WriteJSON(path, v); err != nil {
			t.Fatal(err)
		}
	}
	return run, evaluated, reproduced
}

func TestCollect(t *testing.T) {
	run, evaluated, reproduced := runs(t)
	table, err := Collect([]string{"mine=" + run, evaluated, "net=" + reproduced, filepath.Join(run, heads.Folder)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range table.Columns {
		columns = append(columns, c.Figure)
	}
	if got := strings.Join(columns, " "); got != "accuracy mean_ap mean_recall top5" {
		t.Errorf("columns %s", got)
	}
	for i, want := range []struct {
		name, by, figure string
		value, deviation float64
		images           int
	}{
		{"mine", "protocol set", "accuracy", 0.5, 0.125, 8},
		{evaluated, "evaluation, dense", "accuracy", 0.75, math.NaN(), 40},
		{"net D", "protocol caltech101", "mean_recall", 0.875, 0.5, 0},
		{"net E", "protocol caltech101", "mean_recall", math.NaN(), math.NaN(), 0},
		{filepath.Join(run, heads.Folder), "protocol set", "mean_ap", 0.25, math.NaN(), 8},
	} {
		l := table.Lines[i]
		same := func(v metrics.Value, want float64) bool {
			return float64(v) == want || math.IsNaN(float64(v)) && math.IsNaN(want)
		}
		if l.Name != want.name || l.By != want.by || l.Images != want.images || !same(l.Figures.Get(want.figure), want.value) || !same(l.Deviation.Get(want.figure), want.deviation) {
			t.Errorf("line %d: %+v, expected %+v", i, l, want)
		}
	}
	if l := table.Lines[1]; l.Figures.Get("top5") != 0.875 || l.Figures.Get("mean_recall") != 0.75 {
		t.Errorf("evaluation: %+v", l.Figures)
	}
}

func TestCollectChosen(t *testing.T) {
	run, evaluated, _ := runs(t)
	table, err := Collect([]string{run, evaluated}, []string{"top5", "accuracy"})
	if err != nil || len(table.Columns) != 2 || table.Columns[0].Figure != "top5" {
		t.Errorf("%+v, %v", table, err)
	}
	var wrong *usage.Error
	if _, err := Collect([]string{run + "-gone"}, []string{"acuracy"}); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "did you mean accuracy") {
		t.Errorf("an unknown figure: %v", err)
	}
}

func TestCollectRefuses(t *testing.T) {
	run, evaluated, reproduced := runs(t)
	if _, err := Collect([]string{filepath.Dir(run)}, nil); err == nil || !strings.Contains(err.Error(), heads.ScoresFile) {
		t.Errorf("a folder without figures: %v", err)
	}
	if _, err := Collect([]string{"x=" + run + "-gone"}, nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), run+"-gone") {
		t.Errorf("no folder: %v", err)
	}
	for path, text := range map[string]string{
		filepath.Join(evaluated, evaluation.EvaluationName): "{}",
		filepath.Join(reproduced, paper.File):               `{"task":"caltech1"}`,
		filepath.Join(run, heads.Folder, heads.ScoresFile):  "{",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Collect([]string{filepath.Dir(path)}, nil); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s of %s: %v", path, text, err)
		}
	}
}

// TestNearestBesideHeads: heads that were trained with a probe have a line for each number of neighbours, scored by the
// same, and what is to be known of them is told once.
func TestNearestBesideHeads(t *testing.T) {
	run, _, _ := runs(t)
	r, err := heads.ReadResult(filepath.Join(run, heads.Folder))
	if err != nil {
		t.Fatal(err)
	}
	figures := func(v metrics.Value) protocol.Figures { return protocol.Figures{{Name: "accuracy", Value: v}} }
	r.KNN = &protocol.Probe{Headline: protocol.MeasureOf("accuracy"), Points: []protocol.ProbePoint{{K: 10, Figures: figures(0.75), Deviation: figures(0.25)}, {K: 200, Figures: figures(0.5), Deviation: figures(0)}}}
	if err := outputs.WriteJSON(filepath.Join(run, heads.Folder, heads.ScoresFile), r); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(run, outputs.FeaturesDir), 0o755); err != nil { // a table that cannot be read
		t.Fatal(err)
	}
	table, err := Collect([]string{"mine=" + run}, nil)
	if err != nil || len(table.Lines) != 3 || len(table.Notes) != 1 {
		t.Fatalf("%v: %+v", err, table)
	}
	if l := table.Lines[1]; l.Name != "mine 10 nearest" || l.By != "protocol set" || l.Figures.Get("accuracy") != 0.75 || l.Deviation.Get("accuracy") != 0.25 || l.Images != 8 {
		t.Errorf("%+v", l)
	}
}

// lowShot are curves of three heads, whose draws score 0.5 and 0.75 with the first.
func lowShot(figure string, shots int) *protocol.LowShotResult {
	l := &protocol.LowShotResult{Headline: protocol.MeasureOf(figure), Draws: 2}
	for i, head := range []string{`{"head": "class mean"}`, `{"head": "svm", "loss": "squared hinge"}`, `{"head": "logistic", "loss": "softmax"}`} {
		less := metrics.Value(i) / 8
		value := func(v metrics.Value) protocol.Figures { return protocol.Figures{{Name: figure, Value: v - less}} }
		var c protocol.LowShotCurve
		if err := json.Unmarshal([]byte(head), &c); err != nil {
			panic(err)
		}
		c.Points = []protocol.LowShotPoint{{
			Shots: shots, Used: &protocol.Used{Least: shots - 1, Most: shots, Mean: float64(shots)}, Figures: value(0.625), Deviation: protocol.Figures{{Name: figure, Value: 0.25}},
			Draws: []protocol.LowShotDraw{{Seed: 3, Figures: value(0.5), Images: protocol.Images{Train: 2, Test: 7}}, {Seed: 9, Figures: value(0.75), Images: protocol.Images{Train: 2, Test: 7}}},
		}}
		l.Curves = append(l.Curves, c)
	}
	return l
}

// TestLowShotBesideHeads: each head of low-shot curves has a line for each number of images.
func TestLowShotBesideHeads(t *testing.T) {
	run := scored(t, "dtd", "fc7", func(r *heads.Result) { r.LowShot = lowShot("accuracy", 4) }, 0.5)
	table, err := Collect([]string{"mine=" + run}, nil)
	if err != nil || len(table.Lines) != 4 {
		t.Fatalf("%v: %+v", err, table)
	}
	if l := table.Lines[2]; l.Name != "mine 3–4 a class, SVM (squared hinge)" || l.By != "protocol dtd, 2 draws" || l.Figures.Get("accuracy") != 0.5 || l.Deviation.Get("accuracy") != 0.25 || l.Images != 7 {
		t.Errorf("%+v", l)
	}
}

// TestScoredBy: heads on other rows, labels or splits than the set's are not scored by its protocol, and the table says
// so.
func TestScoredBy(t *testing.T) {
	from := func(file string) *heads.From { return &heads.From{File: file} }
	for want, r := range map[string]*heads.Result{
		"protocol caltech101":                             {},
		"protocol caltech101, 1 row left out":             {Excluded: []string{"a"}},
		"protocol caltech101, 148 rows left out":          {LeftOut: &heads.LeftOut{Rows: 148}, Excluded: []string{"a"}},
		"protocol caltech101, labels of c.csv":            {Relabelling: heads.Relabelling{LabelsFrom: from("/x/c.csv")}},
		"protocol caltech101, splits of s.tsv":            {Relabelling: heads.Relabelling{SplitsFrom: from("s.tsv")}},
		"protocol caltech101, without leaks":              {Leaked: &heads.Leaked{}},
		"protocol caltech101, labels of c, splits of s":   {Relabelling: heads.Relabelling{LabelsFrom: from("c"), SplitsFrom: from("s")}},
		"protocol caltech101, splits of s, without leaks": {Relabelling: heads.Relabelling{SplitsFrom: from("s")}, Leaked: &heads.Leaked{}},
	} {
		r.Result = &protocol.Result{Protocol: "caltech101"}
		if got := scoredBy(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
