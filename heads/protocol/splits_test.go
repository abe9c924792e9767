package protocol

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"fc7/heads/svm"
)

// The rows are those that the protocol itself tests on, for every seed.
func TestCaltechRows(t *testing.T) {
	d := Data{Classes: []string{"b", "a"}}
	var x []float32
	for i := range 30 {
		d.IDs = append(d.IDs, fmt.Sprintf("%02d", 29-i))
		d.Labels = append(d.Labels, []string{d.Classes[i%2]})
		x = append(x, float32(i%2), float32(i))
	}
	d.X = svm.Dense(x, 2)
	for _, seed := range []uint32{0, 7} {
		r, err := Caltech(context.Background(), d, CaltechOptions{TrainPerClass: 6, TestPerClass: 4, Seeds: []uint32{seed}})
		if err != nil {
			t.Fatal(err)
		}
		train, test, err := CaltechRows(Data{IDs: d.IDs, Classes: d.Classes, Labels: d.Labels}, seed, 6, 4)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, i := range test {
			ids = append(ids, d.IDs[i])
		}
		if !slices.Equal(ids, r.Splits[0].TestIDs) || len(train) != 12 {
			t.Errorf("seed %d: %v, the protocol tests on %v; %d to train", seed, ids, r.Splits[0].TestIDs, len(train))
		}
		for _, i := range train {
			if slices.Contains(test, i) {
				t.Errorf("row %d is in both", i)
			}
		}
	}
	if _, _, err := CaltechRows(Data{IDs: []string{"x"}, Classes: []string{"a"}, Labels: [][]string{{"a"}}}, 0, 0, 0); err == nil {
		t.Error("a class of one image was split")
	}
	if _, _, err := CaltechRows(Data{IDs: []string{"x"}, Classes: []string{"a"}}, 0, 0, 0); err == nil {
		t.Error("rows without labels were split")
	}
}
