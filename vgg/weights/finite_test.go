package weights

import (
	"math"
	"testing"
)

func TestCheckFinite(t *testing.T) {
	data := make([]float32, 6000)
	data[17] = math.MaxFloat32
	data[18] = -math.MaxFloat32
	tensor := &Tensor{Name: "fc6.weight", Shape: []int{2, 3, 1000}, path: "w.pth"}
	if err := checkFinite(tensor, data); err != nil {
		t.Fatal(err)
	}
	data[5999] = float32(math.NaN())
	wantError(t, checkFinite(tensor, data), "w.pth", `"fc6.weight"`, "NaN at [1 2 999]", "1 of 6000")
	data[4123] = float32(math.Inf(-1))
	data[4125] = float32(math.Inf(1))
	wantError(t, checkFinite(tensor, data), "-Inf at [1 1 123]", "3 of 6000")
	if err := checkFinite(tensor, nil); err != nil {
		t.Error(err)
	}
}
