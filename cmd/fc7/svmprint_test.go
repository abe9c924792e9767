package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPrintedScores: what svm prints by each kind of protocol is, to the byte, what it printed while each had a result
// of its own, and the tolerance of then.
func TestPrintedScores(t *testing.T) {
	earlier := filepath.Join("..", "..", "pipeline", "heads", "testdata", "earlier")
	for name, args := range map[string]string{
		"voc2007":    "voc-run --protocol voc2007 --c-per-class --folds 3 --low-shot 1,2 --draws 2",
		"set-own":    "voc-run --protocol set",
		"caltech101": "c101-run --protocol caltech101 --train-per-class 4 --test-per-class 3 --seeds 0,1",
		"set-random": "c101-run --protocol set --seeds 1,2 --low-shot 1,2 --draws 2",
	} {
		printed, err := os.ReadFile(filepath.Join(earlier, name, "printed.txt"))
		if err != nil {
			t.Fatal(err)
		}
		out, all := filepath.Join(t.TempDir(), "heads"), strings.Fields(args)
		all[0] = filepath.Join(earlier, all[0])
		code, stdout, stderr := fc7(t, append(append([]string{"svm"}, all...), "--eps", "0.01", "--out", out)...)
		if code != exitDone {
			t.Fatalf("%s: exit status %d\n%s", name, code, stderr)
		}
		want := string(printed) + "heads and scores: " + out + "\n"
		if head, curve, ok := strings.Cut(want, "  images a class  "); ok { // which then were of one head
			lines := strings.Split(curve, "\n")[1:3]
			want = head
			for _, l := range lines {
				cells := strings.SplitN(strings.TrimSpace(l), "  ", 2)
				if svm := strings.TrimSpace(cells[1]); !strings.Contains(stdout, svm) {
					t.Errorf("%s: the curve of the SVM lacks %s:\n%s", name, svm, stdout)
				}
			}
			stdout, _, _ = strings.Cut(stdout, "mean class recall over 2 draws")
			stdout, _, _ = strings.Cut(stdout, "mean AP over 2 draws")
		}
		if stdout != want {
			t.Errorf("%s printed\n%s\nexpected\n%s", name, stdout, want)
		}
	}
}
