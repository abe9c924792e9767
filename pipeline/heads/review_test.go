package heads

import (
	"math"
	"slices"
	"strings"
	"testing"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/pipeline/internal/fixture"
)

func ids(images []ReviewImage) string {
	var s []string
	for _, im := range images {
		s = append(s, im.ID)
	}
	return strings.Join(s, "")
}

func TestReviewOfAClass(t *testing.T) {
	names := strings.Split("abcdefghi", "")
	scores := []float64{9, 8, 7, 6, 5, 4, 3, math.Inf(-1), 10}
	truth := []int8{1, -1, 1, -1, 0, 1, -1, 1, -1}
	v := &Review{}
	if err := v.addClass("cat", names, scores, truth); err != nil {
		t.Fatal(err)
	}
	c := v.Classes[0]
	if got := ids(c.Best) + " " + ids(c.Mistakes) + " " + ids(c.Hardest); got != "iabcdf ibdg fca" {
		t.Errorf("best, mistakes and hardest are %s", got)
	}
	if c.Hardest[0].Place != 6 || c.Best[0].Place != 1 || *c.Best[0].Right || !*c.Best[1].Right || c.Positives != 4 {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(c.Recall, []float64{0.25, 0.5, 0.75, 1}) || c.Precision[0] != 0.5 {
		t.Errorf("curve %v %v", c.Recall, c.Precision)
	}
	v = &Review{}
	if err := v.addClass("cat", names, scores, make([]int8, len(names))); err != nil {
		t.Fatal(err)
	}
	if c := v.Classes[0]; ids(c.Best) != "iabcde" || c.Best[0].Right != nil || len(c.Mistakes)+len(c.Hardest)+len(c.Recall) > 0 {
		t.Errorf("of images without labels: %+v", c)
	}
}

func TestReviewOfAllClasses(t *testing.T) {
	scores := [][]float64{{3, 1, 0, 5}, {1, 2, 0, 1}, {0, 4, 1, 2}} // [class][image]
	l := reviewAll([]string{"x", "y", "z"}, []string{"a", "b", "c", "d"}, scores, []int{0, 1, 0, 1}, []int{0, 2, -1, 0})
	if ids(l.Best) != "a" || float64(l.Best[0].Score) != 2 {
		t.Errorf("best %+v", l.Best)
	}
	if ids(l.Mistakes) != "db" || float64(l.Mistakes[0].Score) != 4 || l.Mistakes[0].Taken != "x" || l.Mistakes[0].True != "y" {
		t.Errorf("mistakes %+v", l.Mistakes)
	}
	if ids(l.Hardest) != "db" || l.Hardest[0].Place != 3 || l.Hardest[1].Place != 2 {
		t.Errorf("hardest %+v", l.Hardest)
	}
}

func TestThinned(t *testing.T) {
	c := metrics.Curve{}
	for i := range 1000 {
		c.Recall, c.Precision = append(c.Recall, float64(i/2+1)/500), append(c.Precision, 0.5)
	}
	r, p := thinned(c)
	if len(r) != reviewPoints || len(p) != reviewPoints || r[0] != c.Recall[0] || r[len(r)-1] != 1 || !slices.IsSorted(r) {
		t.Errorf("%d points from %g to %g", len(r), r[0], r[len(r)-1])
	}
}

// TestCurveOfAllSplits: at each recall the mean of the splits that have the class, between their lowest and highest.
func TestCurveOfAllSplits(t *testing.T) {
	fixture.SkipShort(t)
	ids := strings.Split("abcd", "")
	splits := []protocol.Split{
		{IDs: ids, Scores: [][]float64{{4, 3, 2, 1}}, True: [][]int8{{-1, -1, -1, -1}}},
		{IDs: ids, Scores: [][]float64{{4, 3, 2, 1}}, True: [][]int8{{1, -1, 1, -1}}},  // precision 1 at half, 2/3 at all
		{IDs: ids, Scores: [][]float64{{4, 3, 2, 1}}, True: [][]int8{{-1, 1, -1, 1}}},  // 1/2 and 1/2
		{IDs: ids, Scores: [][]float64{{4, 3, 2, 1}}, True: [][]int8{{-1, -1, 1, -1}}}, // 1/3 at half and at all
	}
	r := &Result{Result: &protocol.Result{Splits: splits, Trained: "random splits", Classes: []protocol.Class{
		{Name: "cat", Figures: protocol.Figures{{Name: "ap", Value: 0.625}}},
	}}}
	v, err := r.review()
	if err != nil {
		t.Fatal(err)
	}
	c := v.Classes[0]
	near := func(got []float64, want ...float64) bool {
		return slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
	}
	if c.AP != 0.625 || c.Splits != 3 || !near(c.Recall, 0.5, 1) || !near(c.Precision, 11./18, 0.5) || !near(c.Low, 1./3, 1./3) || !near(c.High, 1, 2./3) {
		t.Errorf("%+v", c)
	}
}
