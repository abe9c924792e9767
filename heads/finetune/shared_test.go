package finetune

import (
	"testing"

	"fc7/heads/svm"
	"fc7/internal/npytest"
)

// caltech is Caltech-101's features with the class of each row: rows to train (the first 30 of a class) and to test (the next
// 50 at most).
func caltech(t *testing.T) (p Problem, labels, test []int) {
	t.Helper()
	x, names, _ := npytest.Caltech101(t)
	p = Problem{N: len(names), D: 512, X: x}
	of, count := map[string]int{}, map[string]int{}
	for _, name := range names {
		if _, ok := of[name]; !ok {
			of[name] = len(of)
		}
		switch n := count[name]; {
		case n < 30:
			p.Rows = append(p.Rows, len(labels))
		case n < 80:
			test = append(test, len(labels))
		}
		count[name]++
		labels = append(labels, of[name])
	}
	p.Y = svm.OneVsRest(labels, len(of))
	return p, labels, test
}

// A new last layer on real features of a frozen net serves nearly as well after 40 epochs as the linear SVM of scikit-learn
// (mean class recall 0.83 to 0.86 on random splits); after the default 100 it reaches 0.848 here.
func TestCaltech(t *testing.T) {
	if testing.Short() {
		t.Skip("a problem of 3,060 x 512 is left out with -short")
	}
	p, labels, test := caltech(t)
	l, s := fit(t, p, Options{Epochs: 40})
	scores, err := l.Scores(p.X, test)
	if err != nil {
		t.Fatal(err)
	}
	right, all := make([]float64, len(scores)), make([]float64, len(scores))
	for i, r := range test {
		best := 0
		for k := range scores {
			if scores[k][i] > scores[best][i] {
				best = k
			}
		}
		all[labels[r]]++
		if best == labels[r] {
			right[labels[r]]++
		}
	}
	recall := 0.0
	for k := range all {
		recall += right[k] / all[k] / float64(len(all))
	}
	t.Logf("mean class recall %.3f, %d steps, error on the training rows %.4f, loss %.3f, %v", recall, s.Steps, s.Error, s.Epochs[len(s.Epochs)-1].Loss, s.Elapsed)
	if recall < 0.80 {
		t.Errorf("mean class recall %.3f, expected more than 0.80", recall)
	}
}
