package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestCostsOfManySplits: more splits than lines can be told apart are a mean with its band; the table has each.
func TestCostsOfManySplits(t *testing.T) {
	var costs []CostCurve
	for k := range len(series) + 2 {
		costs = append(costs, CostCurve{fmt.Sprintf("seed %d", k), []float64{1, 2}, []float64{0.5, 0.6 + float64(k)/100}, 2, "recall", "a fifth"})
	}
	few, err := newCostView(costs[:len(series)])
	if err != nil || len(few.Keys) != len(series) || strings.Contains(string(few.Figure), `class="h2 f"`) {
		t.Errorf("%v: %d keys of %d lines, or a band", err, len(few.Keys), len(series))
	}
	v, err := newCostView(costs)
	if err != nil || len(v.Keys) != 0 || strings.Count(string(v.Figure), `class="h2 f"`) != 1 || !strings.Contains(v.Caption, "mean of the 6 splits") {
		t.Errorf("%v: %+v", err, v)
	}
	if len(v.Head) != 7 || v.Rows[1][6] != "65.0 (chosen)" {
		t.Errorf("the table: %q, %q", v.Head, v.Rows)
	}
	costs[3].C = []float64{1, 4}
	if v, err := newCostView(costs); err != nil || len(v.Keys) != len(costs) {
		t.Errorf("%v: splits of other values of C are averaged", err)
	}
}

// TestLowShotBand: points that have a deviation have a band of it, which ends at 0 and 1.
func TestLowShotBand(t *testing.T) {
	points := []LowShotPoint{{1, "1", 1, 0.05, 0.1}, {4, "4", 4, 0.5, 0.1}}
	l := &LowShot{Measure: "recall", Curves: []LowShotCurve{{"mean", points}}}
	v, err := newLowShotView(l)
	if err != nil || strings.Count(string(v.Figure), `class="h2 f"`) != 1 || !strings.Contains(v.Caption, "band") {
		t.Errorf("%v: %s, %s", err, v.Caption, v.Figure)
	}
	l.Curves = append(l.Curves, LowShotCurve{"svm", slices.Clone(points)}, LowShotCurve{"logistic", slices.Clone(points)})
	l.Curves[2].Points[1] = LowShotPoint{4, "3–4", 3.5, 0.75, 0.05}
	v, err = newLowShotView(l)
	if err != nil || len(v.Keys) != 3 || fmt.Sprint(v.Rows) != "[[1 5.0 ± 10.0 5.0 ± 10.0 5.0 ± 10.0] [4 50.0 ± 10.0 50.0 ± 10.0 75.0 ± 5.0]]" {
		t.Errorf("%v: %v, %v", err, v.Keys, v.Rows)
	}
	for _, band := range []string{"h2", "b2", "b3"} {
		if strings.Count(string(v.Figure), `class="`+band+` f"`) != 1 {
			t.Errorf("no band %s of its own", band)
		}
	}
	l.Curves = l.Curves[:1]
	points[1].Deviation = math.NaN()
	if v, err := newLowShotView(l); err != nil || strings.Contains(string(v.Figure), `class="h2 f"`) || strings.Contains(v.Caption, "band") {
		t.Errorf("%v: a point without a deviation has a band", err)
	}
}

// TestNearest: one number of neighbours is in the table alone; several stand in their order.
func TestNearest(t *testing.T) {
	n := &Nearest{"Votes.", []string{"recall"}, []NearestPoint{{20, []float64{0.5}, []float64{math.NaN()}}}, []float64{0.75}}
	v, err := newNearestView(n)
	if err != nil || v.Figure != "" || fmt.Sprint(v.Rows) != "[[20 50.0] [heads 75.0]]" {
		t.Errorf("%v: %v", err, v.Rows)
	}
	n.Points = append(n.Points, NearestPoint{1, []float64{0.4}, []float64{0.01}})
	v, err = newNearestView(n)
	if err != nil || fmt.Sprint(v.Rows) != "[[1 40.0 ± 1.0] [20 50.0] [heads 75.0]]" || len(v.Keys) != 2 {
		t.Errorf("%v: %v, %v", err, v.Rows, v.Keys)
	}
	n.Points[0].Mean[0], n.Points[1].Mean[0], n.Heads[0] = math.NaN(), math.NaN(), math.NaN()
	if v, err := newNearestView(n); err != nil || strings.Contains(string(v.Figure), "NaN") {
		t.Errorf("%v: undefined figures: %s", err, v.Figure)
	}
}

// TestHref: a name is never more than a name in a link.
func TestHref(t *testing.T) {
	for target, want := range map[string]string{
		"explore.html": "explore.html", "../a b/explore-page/index.html": "../a%20b/explore-page/index.html",
		"javascript:alert(1)": "./javascript:alert%281%29", "a?b#c%": "a%3Fb%23c%25",
	} {
		if got := (Link{Target: target}).view().Href; got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}
