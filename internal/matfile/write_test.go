package matfile

import (
	"bytes"
	"slices"
	"testing"
)

// TestWrite: what is written is read back.
func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, []string{"x", "row", "text", "cells", "s"}, []Written{
		2.5,
		[]float64{1, 2, 3},
		"é a",
		[]string{"a", "bc", ""},
		[]Struct{{[]string{"n", "name"}, []Written{1.0, "x"}}, {[]string{"n", "name"}, []Written{7.0, "yz"}}},
	}); err != nil {
		t.Fatal(err)
	}
	got, err := openBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(numbers(t, got["x"]), []float64{2.5}) || !slices.Equal(numbers(t, got["row"]), []float64{1, 2, 3}) || textOf(t, got["text"]) != "é a" {
		t.Errorf("%v %v %q", numbers(t, got["x"]), numbers(t, got["row"]), textOf(t, got["text"]))
	}
	for i, want := range []string{"a", "bc", ""} {
		c, err := got["cells"].Cell(i)
		if err != nil || textOf(t, c) != want {
			t.Errorf("cell %d: %q, %v", i, textOf(t, c), err)
		}
	}
	if d := got["s"].Dims(); !slices.Equal(d, []int{2, 1}) || numbers(t, field(t, got["s"], 1, "n"))[0] != 7 || textOf(t, field(t, got["s"], 1, "name")) != "yz" {
		t.Errorf("structs of %v", d)
	}
}
