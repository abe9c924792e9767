package main

import (
	"os"
	"strings"
	"testing"
)

// TestEmptyArgument: a variable of a script that is not set stands for no run, and not for the working folder, in which
// merge put a table.
func TestEmptyArgument(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"merge", "", "in"},
		{"merge", "out", ""},
		{"merge", ""},
		{"status", ""},
		{"svm", ""},
		{"verify", ""},
		{"submit", "slurm", ""},
		{"aggregate", "", "-o", "x.parquet"},
		{"extract", "", "-o", "x"},
		{"weights", "inspect", ""},
		{"extract", "--plan", ""},
		{"extract", "--plan", "", "--task", "1"},
	} {
		if code, _, said := fc7(t, args...); code != exitUsage || !strings.Contains(said, "is empty") {
			t.Errorf("%q: status %d, %s", args, code, said)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
