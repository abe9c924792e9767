package weights

import (
	"bytes"
	"slices"
	"testing"
)

func TestNumpyDtypes(t *testing.T) {
	for code, want := range map[string]struct {
		d   Dtype
		big bool
	}{
		"<f2": {F16, false}, ">f4": {F32, true}, "<f8": {F64, false}, "|u1": {U8, false}, "|b1": {Bool, false}, ">i8": {I64, true},
		"u1": {U8, false}, ">i1": {I8, false}, "=u1": {U8, false},
	} {
		d, big, err := parseNumpyDtype(code)
		if err != nil || d != want.d || big != want.big {
			t.Errorf("%s: got %v, %v, %v", code, d, big, err)
		}
	}
	for _, code := range []string{"", "f", "f4", "=f4", "|f4", "<c8", "<U5", "|S3", "<f16", "<V4", "f44"} {
		_, _, err := parseNumpyDtype(code)
		wantError(t, err, "expected numbers")
	}
}

func TestFortranStrides(t *testing.T) {
	for _, c := range []struct{ shape, want []int }{
		{[]int{2, 3, 4}, []int{1, 2, 6}},
		{[]int{5, 2}, []int{1, 5}},
		{[]int{}, nil},
		{[]int{7}, nil},
		{[]int{1, 7, 1}, nil}, // the same in both orders
		{[]int{0, 7, 2}, nil},
	} {
		if got := fortranStrides(c.shape); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, expected %v", c.shape, got, c.want)
		}
	}
}

func TestSwapped(t *testing.T) {
	s := &swapped{r: bytes.NewReader([]byte{9, 9, 1, 2, 3, 4, 5, 6}), size: 2}
	p := make([]byte, 4)
	if n, err := s.ReadAt(p, 2); n != 4 || err != nil || !slices.Equal(p, []byte{2, 1, 4, 3}) {
		t.Errorf("got %d, %v, %v", n, err, p)
	}
}
