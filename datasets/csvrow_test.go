package datasets

import (
	"slices"
	"testing"
)

func TestWholeNumber(t *testing.T) {
	for cell, want := range map[string]int{"1": 1, "007": 7, "12.0": 12, "3.": 3, "2147483647": 1<<31 - 1} {
		if n, err := wholeNumber(cell); err != nil || n != want {
			t.Errorf("%q is %d, %v", cell, n, err)
		}
	}
	for _, cell := range []string{"", "0", "-1", "+1", "1.5", ".", ".0", "1e3", "0x1", "1_0", "2147483648", "NaN", "1.0.0"} {
		if n, err := wholeNumber(cell); err == nil {
			t.Errorf("%q is %d, want an error", cell, n)
		}
	}
}

func TestSplitCell(t *testing.T) {
	for cell, want := range map[string][]string{
		"":              nil,
		" ; | ":         nil,
		"a":             {"a"},
		" a b ;c|d;":    {"a b", "c", "d"},
		"a,b;\"c\"|\tx": {"a,b", "\"c\"", "x"},
	} {
		if got := splitCell(cell); !slices.Equal(got, want) {
			t.Errorf("%q is %q", cell, got)
		}
	}
}
