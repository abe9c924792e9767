package tsne

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"

	"fc7/heads/svm"
	"fc7/internal/f32"
	"fc7/internal/npytest"
)

// TestQuality: the measures are those of their definitions, by all pairs.
func TestQuality(t *testing.T) {
	const n, d = 400, 8
	x := clusters(n, d, 7)
	y := make([]float64, 2*n) // a map by two of the columns
	for i := range n {
		y[2*i], y[2*i+1] = float64(x.Blocks[0].Rows[i][0]), float64(x.Blocks[0].Rows[i][1])
	}
	classes := make([]int, n)
	for i := range classes {
		classes[i] = i%7 - 1 // one of the seven is none
	}
	q, err := measure(context.Background(), x, nearOf(t, x, 20), y, classes, 0)
	if err != nil {
		t.Fatal(err)
	}
	over, same, right, labelled := 0, 0, 0, 0
	for i := range n {
		space := ranked(n, i, func(j int) float64 {
			s := 0.0
			for k, v := range x.Blocks[0].Rows[i] {
				s += math.Pow(float64(v)-float64(x.Blocks[0].Rows[j][k]), 2)
			}
			return s
		})
		plane := ranked(n, i, func(j int) float64 { return square(point{y[2*i], y[2*i+1]}, point{y[2*j], y[2*j+1]}) })
		for _, j := range plane[:15] {
			over += max(0, slices.Index(space, j)+1-15)
		}
		votes := make([]int, 7)
		for _, j := range plane[:10] {
			if slices.Contains(space[:10], j) {
				same++
			}
			if classes[j] >= 0 {
				votes[classes[j]]++
			}
		}
		if classes[i] >= 0 {
			labelled++
			if slices.Index(votes, slices.Max(votes)) == classes[i] {
				right++
			}
		}
	}
	trust := 1 - 2*float64(over)/float64(n*15*(2*n-3*15-1))
	if math.Abs(q.Trustworthiness-trust) > 1e-5 || q.Kept != float64(same)/(10*n) || q.Labelled != labelled || q.Accuracy != float64(right)/float64(labelled) {
		t.Errorf("%+v, expected trustworthiness %g, kept %g, accuracy %g of %d", *q, trust, float64(same)/(10*n), float64(right)/float64(labelled), labelled)
	}
}

// ranked are the rows but i, the nearest first.
func ranked(n, i int, away func(j int) float64) []int {
	var rows []int
	far := make([]float64, n)
	for j := range n {
		if far[j] = away(j); j != i {
			rows = append(rows, j)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(far[a], far[b]) })
	return rows
}

// TestJudgedInPart: of more rows than the work allows some are judged, with nearly the same result.
func TestJudgedInPart(t *testing.T) {
	j := &judge{x: svm.Matrix{N: 1000000, D: 4096}}
	if rows := j.judged(); len(rows) != leastRow || rows[1] != 1000 || rows[len(rows)-1] != 999000 {
		t.Errorf("%d rows, up to %d", len(rows), rows[len(rows)-1])
	}
	x := clusters(900, 8, 7)
	near, y := mapOf(t, x, short(100))
	all, err := measure(context.Background(), x, near, y, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	team := newTestTeam(t)
	part := &judge{team: team, x: x, near: near, map2: onMap(team, y)}
	var rows []int
	for i := 0; i < x.N; i += 3 {
		rows = append(rows, i)
	}
	got, err := part.trustworthiness(context.Background(), rows)
	if err != nil || math.Abs(got-all.Trustworthiness) > 0.01 {
		t.Errorf("%g of a third, %g of all rows (%v)", got, all.Trustworthiness, err)
	}
}

// TestComponents: the start has the variance that the two leading components have, by power iteration in float64.
func TestComponents(t *testing.T) {
	x, _, _ := npytest.Caltech101(t)
	const n, d = 1500, 512
	m := svm.Dense(x[:n*d], d)
	y := startOf(t, m, 0)
	first, second := moments(y)
	values := powers(m, 2)
	if got, want := second/first, values[1]/values[0]; math.Abs(got/want-1) > 1e-3 {
		t.Errorf("the second component has %.5f of the variance of the first, expected %.5f", got, want)
	}
	if math.Abs(math.Sqrt(first)/startSize-1) > 0.01 {
		t.Errorf("standard deviation %g", math.Sqrt(first))
	}
}

func moments(y []float64) (first, second float64) {
	for i := 0; i < len(y); i += 2 {
		first += y[i] * y[i]
		second += y[i+1] * y[i+1]
	}
	n := float64(len(y) / 2)
	return first / n, second / n
}

// powers are the leading eigenvalues of the covariance.
func powers(m svm.Matrix, count int) (values []float64) {
	rows := make([][]float64, m.N)
	mean := make([]float64, m.D)
	for i, r := range m.Blocks[0].Rows {
		rows[i] = make([]float64, m.D)
		for d, v := range r {
			rows[i][d] = float64(v)
			mean[d] += float64(v) / float64(m.N)
		}
	}
	for _, r := range rows {
		for d := range r {
			r[d] -= mean[d]
		}
	}
	for range count {
		v := make([]float64, m.D)
		draw(v)
		size := 0.0
		for range 60 {
			next := make([]float64, m.D)
			for _, r := range rows {
				s := product(r, v)
				for d := range r {
					next[d] += s * r[d]
				}
			}
			size = math.Sqrt(product(next, next))
			for d := range v {
				v[d] = next[d] / size
			}
		}
		values = append(values, size)
		for _, r := range rows {
			s := product(r, v)
			for d := range r {
				r[d] -= s * v[d]
			}
		}
	}
	return values
}

func newTestTeam(t *testing.T) *f32.Team {
	team := f32.NewTeam(2)
	t.Cleanup(team.Close)
	return team
}
