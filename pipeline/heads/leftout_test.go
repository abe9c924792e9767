package heads

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

func numbered(first, end int) (names []string) {
	for i := first; i < end; i++ {
		names = append(names, fmt.Sprintf("%07d", i))
	}
	return names
}

// TestLeaveOut: scores name the rows that were left out, or the others if these are fewer, and of very many neither;
// from each it is known which rows were taken, if it can be.
func TestLeaveOut(t *testing.T) {
	const n = 3 * maxNamed
	for out, named := range map[int][2]int{0: {0, 0}, 5: {5, 0}, maxNamed: {maxNamed, 0}, maxNamed + 1: {0, 0}, n - 4: {0, 4}} {
		r := &Result{}
		r.leaveOut(numbered(0, out), numbered(out, n))
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Excluded) != named[0] || len(r.Only) != named[1] || r.RowsLeftOut() != out || len(text) > 14*maxNamed {
			t.Errorf("of %d rows %d left out: %d and %d are named, in %d bytes; %+v", n, out, len(r.Excluded), len(r.Only), len(text), r.LeftOut)
		}
		took := r.took()
		if known := out == 0 || named != [2]int{}; (took != nil) != known {
			t.Errorf("%d left out: known %v", out, took != nil)
		}
		if took == nil {
			continue
		}
		for i, name := range numbered(0, n) {
			if took(name) != (i >= out) {
				t.Fatalf("%d left out: %s was taken: %v", out, name, took(name))
			}
		}
		if err := r.checkLeftOut(); err != nil {
			t.Error(err)
		}
		if out > 0 && out <= maxNamed {
			r.LeftOut.Rows++
			if err := r.checkLeftOut(); err == nil {
				t.Error("a wrong number of rows is taken")
			}
		}
	}
	if a, b := namesDigest([]string{"a", "b"}), namesDigest([]string{"a\nb"}); a == b {
		t.Error("names run together")
	}
	if r := (&Result{Excluded: []string{"a"}}); r.RowsLeftOut() != 1 || r.took()("a") || !r.took()("b") {
		t.Error("names of an earlier fc7 are passed over")
	}
}

// TestOnlyIsShort: of heads of some rows of a table scores name those, and it is known what each row was to the heads.
func TestOnlyIsShort(t *testing.T) {
	d := fixture.Job(t)
	d.DataSet = fixture.Drawn(t, synth.LayoutCaltech101, 60)
	fixture.Extract(t, d)
	j := Job{Features: d.Out, Protocol: "caltech101", Options: protocol.Options{TrainPerClass: 2, Seeds: []uint32{0}, Settings: protocol.Settings{C: 1}}}
	all, err := OpenDescriptors(d.Out, j.Choice)
	if err != nil {
		t.Fatal(err)
	}
	if err := all.Close(nil); err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for i, id := range all.IDs {
		if l := all.Labels[i][0]; of[l] < 4 && (of[l] > 0 || len(of) < 2) {
			of[l]++
			j.Only = append(j.Only, id)
		}
	}
	r, err := Train(t.Context(), j, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(r.Out, ScoresFile))
	if err != nil || strings.Contains(string(text), `"excluded"`) || !slices.Equal(r.Only, j.Only) || r.LeftOut.Rows != len(all.IDs)-len(j.Only) {
		t.Errorf("%v: only %v, left out %+v, excluded %d", err, r.Only, r.LeftOut, len(r.Excluded))
	}
	roles := map[Role]int{}
	if _, err := ScoreRows(t.Context(), d.Out, d.Out, func(a *Applied, id string, _ []float64) error {
		roles[a.Role(id)]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if roles[RoleLearned] != 4 || roles[RoleTested] != 4 || roles[RoleNeither] != len(all.IDs)-8 {
		t.Errorf("%v of %d rows", roles, len(all.IDs))
	}
}
