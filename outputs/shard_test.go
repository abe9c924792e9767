package outputs

import (
	"fmt"
	"reflect"
	"testing"
)

// compareRows holds what was read against what was written, float for float.
func compareRows(t *testing.T, cols []Column, got, want []Row) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		if len(g.Descriptors) != len(w.Descriptors) {
			t.Fatalf("row %d: %d descriptors, want %d", i, len(g.Descriptors), len(w.Descriptors))
		}
		for k := range w.Descriptors {
			if !sameBits(g.Descriptors[k], stored(cols[k].Dtype, w.Descriptors[k])) {
				t.Fatalf("row %d, column %s: %v, want %v", i, cols[k].Name, g.Descriptors[k], w.Descriptors[k])
			}
		}
		g.Descriptors, w.Descriptors = nil, nil
		if !reflect.DeepEqual(g, w) {
			t.Fatalf("row %d:\n%+v\nwant\n%+v", i, g, w)
		}
	}
}

func TestShardReadsBackWhatWasWritten(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		for _, n := range []int{0, 1, 2, 7, 100} {
			for _, groupBytes := range []int{0, 1, 4000} {
				t.Run(fmt.Sprintf("%s/%d rows/groups of %d", dtype, n, groupBytes), func(t *testing.T) {
					cols := mapColumns(dtype)
					want := testRows(n, cols)
					s, err := OpenShard(writeShard(t, t.TempDir(), 2, 5, cols, testIdentity(n), want, groupBytes))
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					if s.index != 2 || s.count != 5 || s.NumRows != n || !reflect.DeepEqual(s.Identity, testIdentity(n)) || !reflect.DeepEqual(s.Columns, cols) {
						t.Errorf("opened as %+v", s)
					}
					if groupBytes == 1 && s.Groups() != n {
						t.Errorf("%d row groups, want one a row", s.Groups())
					}
					var got []Row
					for g := range s.Groups() {
						rows, err := s.ReadGroup(g)
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, rows...)
					}
					compareRows(t, cols, got, want)
				})
			}
		}
	}
}

// Rows wider than a page, and pages of many rows, both with failed rows in between.
func TestShardPages(t *testing.T) {
	for _, width := range []int{4096, 300_000} {
		cols := []Column{NewColumn("fc7", 256, width, Float32)}
		want := testRows(600_000/width+20, cols)
		s, err := OpenShard(writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(len(want)), want, 0))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		got, err := s.ReadGroup(0)
		if err != nil {
			t.Fatal(err)
		}
		compareRows(t, cols, got, want)
	}
}

func TestShardDescriptorsWantsRoom(t *testing.T) {
	cols := testColumns(Float32)
	s, err := OpenShard(writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(3), testRows(3, cols), 0))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.readDescriptors(0, 0, make([]float32, 3*33-1), make([]bool, 3)); err == nil {
		t.Error("no error for a slice that is too short")
	}
	if _, err := s.column("fc8_q256"); err == nil || err.Error() != s.Path+": no descriptor column fc8_q256; there are fc7_q256, fc7_q384, fc6_q256" {
		t.Errorf("unknown column: %v", err)
	}
}
