package evaluation

import (
	"slices"
	"testing"

	"fc7/outputs"
)

// The posterior of several scales, views and nets is their mean; an image that lacks one of them has none.
func TestMeanPosterior(t *testing.T) {
	column := func(values ...float32) outputs.Matrix {
		return outputs.Matrix{Column: outputs.Column{Width: 2}, Data: values, OK: []bool{true, values[2] > 0}}
	}
	mats := [][]outputs.Matrix{{column(0.5, 0.5, 1, 0), column(1, 0, 0.25, 0.75)}, {column(0.25, 0.75, 0, 0)}}
	s := &scorer{p: &posteriors{classes: make([]Class, 2)}}
	for _, c := range []struct {
		columns []columnOf
		row     int
		want    []float64
	}{
		{[]columnOf{{0, 0}}, 0, []float64{0.5, 0.5}},
		{[]columnOf{{0, 0}, {0, 1}}, 0, []float64{0.75, 0.25}},
		{[]columnOf{{0, 0}, {0, 1}}, 1, []float64{0.625, 0.375}},
		{[]columnOf{{0, 0}, {0, 1}, {1, 0}, {1, 0}}, 0, []float64{0.5, 0.5}},
		{[]columnOf{{0, 0}, {1, 0}}, 1, nil},
	} {
		answered := s.average(&combination{columns: c.columns}, mats, c.row)
		if answered != (c.want != nil) || answered && !slices.Equal(s.sum, c.want) {
			t.Errorf("%+v: %v, %v", c, s.sum, answered)
		}
	}
}
