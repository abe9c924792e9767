package weights

import (
	"bytes"
	"slices"
	"testing"
)

// TestArranged compares each order of axes, read in every range, with moving the elements one by one.
func TestArranged(t *testing.T) {
	split := [][]int{{2, 3}, {4}, {5, 1, 2}}
	sizes := []int{2, 3, 4, 5, 1, 2}
	stored := counting(240)
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {2, 0, 1, 5, 3, 4}, {3, 5, 4, 0, 2, 1}} {
		for _, fortran := range []bool{false, true} {
			tensor := &Tensor{Name: "x", Shape: []int{6, 4, 10}, data: bytes.NewReader(littleFloats(stored...))}
			at := func(i []int) int { return ((i[0]*3+i[1])*4+i[2])*10 + i[3]*2 + i[5] }
			if fortran {
				tensor.strides = fortranStrides(tensor.Shape)
				at = func(i []int) int { return i[0]*3 + i[1] + 6*i[2] + 24*(i[3]*2+i[5]) }
			}
			view, err := tensor.Arranged(split, order)
			if err != nil {
				t.Fatal(err)
			}
			var want []float32
			index := make([]int, 6)
			for n := range 240 {
				rest := n
				for k := 5; k >= 0; k-- {
					index[order[k]] = rest % sizes[order[k]]
					rest /= sizes[order[k]]
				}
				want = append(want, stored[at(index)])
			}
			for off := 0; off < 240; off += 37 {
				got := make([]float32, 240-off)
				if err := view.ReadFloat32At(got, off); err != nil {
					t.Fatal(err)
				}
				sameBits(t, got, want[off:])
			}
			if !slices.Equal(tensor.Shape, []int{6, 4, 10}) {
				t.Fatal("the tensor itself was changed")
			}
		}
	}
}

func TestArrangedRefuses(t *testing.T) {
	tensor := &Tensor{Name: "x", Shape: []int{6, 4}, path: "file"}
	for _, c := range []struct {
		split [][]int
		order []int
	}{
		{[][]int{{6}}, []int{0}},
		{[][]int{{6}, {5}}, []int{0, 1}},
		{[][]int{{6}, {4}}, []int{0}},
		{[][]int{{6}, {4}}, []int{0, 0}},
		{[][]int{{6}, {4}}, []int{0, 2}},
		{[][]int{{-2, -3}, {4}}, []int{0, 1, 2}},
	} {
		_, err := tensor.Arranged(c.split, c.order)
		wantError(t, err, "file", `"x"`, "cannot be arranged")
	}
}

func TestInnermost(t *testing.T) {
	dense := &Tensor{Shape: []int{4, 5, 1}}
	if dense.Innermost() != 1 {
		t.Errorf("dense: %d", dense.Innermost())
	}
	turned, err := dense.Arranged([][]int{{4}, {5}, {1}}, []int{1, 2, 0})
	if err != nil {
		t.Fatal(err)
	}
	if turned.Innermost() != 0 {
		t.Errorf("turned: %d", turned.Innermost())
	}
}
