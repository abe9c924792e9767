package metrics

import (
	"encoding/json"
	"math"
	"testing"
)

func TestValueInJSON(t *testing.T) {
	in := []Value{0.1, Value(math.NaN()), 1e-300, Value(math.Inf(-1)), 3}
	b, err := json.Marshal(in)
	if err != nil || string(b) != "[0.1,null,1e-300,null,3]" {
		t.Fatal(string(b), err)
	}
	var out []Value
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if out[0] != 0.1 || out[1].Defined() || out[2] != 1e-300 || out[4] != 3 {
		t.Error(out)
	}
	var v Value
	if err := v.UnmarshalJSON([]byte(`"x"`)); err == nil {
		t.Error("a string passed")
	}
}

func TestMeanAndDeviation(t *testing.T) {
	nan := Value(math.NaN())
	mean, n := Mean([]Value{1, nan, 2, 6})
	if mean != 3 || n != 3 {
		t.Error(mean, n)
	}
	// Squares 4, 1, 9 over 2.
	if d := Deviation([]Value{1, nan, 2, 6}); math.Abs(float64(d)-math.Sqrt(7)) > 1e-15 {
		t.Error(d)
	}
	if mean, n := Mean([]Value{nan}); mean.Defined() || n != 0 {
		t.Error(mean, n)
	}
	if Deviation([]Value{4}).Defined() {
		t.Error("one value has a deviation")
	}
}
