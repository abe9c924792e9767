package report

import (
	"strings"
	"testing"
)

// TestBand: a curve of several splits has its band below the line, closed; a curve of one has none, and a curve of one
// point is a dot.
func TestBand(t *testing.T) {
	c := Curve{Class: "a", AP: 0.5, Recall: []float64{0.5, 1}, Precision: []float64{0.8, 0.4}}
	plain, err := newCurveView(c)
	if err != nil {
		t.Fatal(err)
	}
	c.Low, c.High = []float64{0.7, 0.2}, []float64{1, 0.6}
	v, err := newCurveView(c)
	if err != nil {
		t.Fatal(err)
	}
	band := strings.Index(string(v.Figure), `<path class="h2 f"`)
	if line := strings.Index(string(v.Figure), `<path class="s1 l"`); band < 0 || line < band || !strings.Contains(string(v.Figure)[band:line], "Z") {
		t.Errorf("no band below the line: %s", v.Figure)
	}
	if strings.Contains(string(plain.Figure), `class="h2 f"`) {
		t.Error("a band of one split")
	}
	one, err := newCurveView(Curve{Class: "a", AP: 1, Recall: []float64{1}, Precision: []float64{0.6}, Low: []float64{0.2}, High: []float64{1}})
	if err != nil || !strings.Contains(string(one.Figure), "<circle") {
		t.Errorf("a single point is not drawn: %v, %s", err, one.Figure)
	}
}
