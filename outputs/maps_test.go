package outputs

import (
	"math"
	"strings"
	"testing"
)

// writeMaps writes n rows of mapColumns as one shard and opens it.
func writeMaps(t *testing.T, dtype string, n, groupBytes int) (*Shard, []Row) {
	t.Helper()
	cols := mapColumns(dtype)
	rows := testRows(n, cols)
	s, err := OpenShard(writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(n), rows, groupBytes))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, rows
}

func TestMaps(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		s, rows := writeMaps(t, dtype, 50, 4000)
		i, err := s.column("pool5_map_q256")
		if err != nil {
			t.Fatal(err)
		}
		if s.Groups() < 3 {
			t.Fatalf("%d row groups", s.Groups())
		}
		at := 0
		for g := range s.Groups() {
			maps, err := s.readMaps(g, i)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range maps {
				if want := rows[at]; (m == nil) != (want.Status == StatusFailed) || m != nil && !sameBits(m, stored(dtype, want.Descriptors[i])) {
					t.Errorf("%s: row %d: %v", dtype, at, m)
				}
				at++
			}
		}
		if at != len(rows) {
			t.Errorf("%d maps of %d rows", at, len(rows))
		}
	}
}

// TestMapsAreNoMatrix: what reads vectors refuses maps, and the other way round; the shapes are vectors.
func TestMapsAreNoMatrix(t *testing.T) {
	s, rows := writeMaps(t, Float32, 5, 0)
	if err := s.readDescriptors(0, 3, make([]float32, 5*7), make([]bool, 5)); err == nil || !strings.Contains(err.Error(), "Maps") {
		t.Errorf("Descriptors of maps: %v", err)
	}
	if _, err := s.readMaps(0, 0); err == nil || !strings.Contains(err.Error(), "vectors of 33 values") {
		t.Errorf("Maps of vectors: %v", err)
	}
	if _, err := OpenTable(s.Path, ReadOptions{Columns: []string{"pool5_map_q256"}}); err == nil || !strings.Contains(err.Error(), "maps of several sizes") {
		t.Errorf("OpenTable: %v", err)
	}
	table, err := OpenTable(s.Path, ReadOptions{Columns: []string{"pool5_map_q256_shape"}})
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := table.Descriptors("pool5_map_q256_shape")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Status == StatusOK && !sameBits(shapes.Row(i), row.Descriptors[4]) {
			t.Errorf("row %d: shape %v, want %v", i, shapes.Row(i), row.Descriptors[4])
		}
	}
}

// TestLargeMap: a map that takes several pages' room is read back by us and by arrow-go.
func TestLargeMap(t *testing.T) {
	cols := mapColumns(Float32)[3:]
	cols[0].Width = 512
	rows := testRows(3, cols)
	for i := range rows {
		m := make([]float32, 20*31*512)
		for k := range m {
			m[k] = float32(k % (1000 + i))
		}
		rows[i].Descriptors = [][]float32{m, {20, 31, 512}}
	}
	path := writeShard(t, t.TempDir(), 0, 1, cols, testIdentity(3), rows, 0)
	s, err := OpenShard(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.ReadGroup(0)
	if err != nil {
		t.Fatal(err)
	}
	compareRows(t, cols, got, rows)
	table := readWithArrow(t, path)
	defer table.Release()
	compareRows(t, cols, rowsFromArrow(t, table), rows)
}

func TestMapCheck(t *testing.T) {
	m := Column{Name: "m", Width: 3, Dtype: Float32, Map: true}
	for n, ok := range map[int]bool{0: false, 1: false, 3: true, 4: false, 300: true, maxMap - maxMap%3: true, maxMap - maxMap%3 + 3: false} {
		if err := m.check(make([]float32, n)); (err == nil) != ok {
			t.Errorf("a map of %d values: %v", n, err)
		}
	}
	shape := Column{Name: "s", Width: 1, Dtype: Int32}
	for _, v := range []float32{0, 1, 682, 1 << 24} {
		if err := shape.check([]float32{v}); err != nil {
			t.Errorf("%g: %v", v, err)
		}
	}
	for _, v := range []float32{-1, 0.5, 1<<24 + 2, float32(math.NaN()), float32(math.Inf(1))} {
		if err := shape.check([]float32{v}); err == nil {
			t.Errorf("%g as a whole number: no error", v)
		}
	}
	for _, shape := range [][]float32{{1, 2, 2}, {2, 2, 3}, {0, 4, 3}, {-1, -2, 3}, {1 << 24, 1 << 24, 3}} {
		if err := m.checkMap(make([]float32, 6), shape); err == nil {
			t.Errorf("a map of 6 values and 3 channels with shape %v: no error", shape)
		}
	}
	if err := m.checkMap(make([]float32, 6), []float32{2, 1, 3}); err != nil {
		t.Error(err)
	}
	for say, c := range map[string]Column{
		"shape in the next column": m,
		"may be null":              {Name: "m", Width: 3, Dtype: Float32, Map: true, Required: true},
		"of floats":                {Name: "m", Width: 3, Dtype: Int32, Map: true},
	} {
		if err := checkColumns([]Column{c}); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%+v: %v, want one that says %q", c, err, say)
		}
	}
}

// TestMapShape: levels that no writer of maps makes are errors.
func TestMapShape(t *testing.T) {
	c := Column{Name: "m", Width: 2, Dtype: Float32, Map: true}
	for _, k := range []struct {
		rep, def string
		n        int
		present  bool
		bad      bool
	}{
		{"\x00\x01\x00", "\x02\x02\x02", 2, true, false},
		{"\x00\x00\x01", "\x00\x02\x02", 1, false, false},
		{"\x00\x01\x01\x01", "\x02\x02\x02\x02", 4, true, false},
		{"\x00\x01\x01", "\x02\x02\x02", 0, false, true}, // not times two
		{"\x00\x01", "\x02\x01", 0, false, true},         // a null inside
		{"\x00", "\x01", 0, false, true},                 // an empty list
	} {
		n, present, err := mapShape(c, []byte(k.rep), []byte(k.def))
		if (err != nil) != k.bad || n != k.n || present != k.present {
			t.Errorf("%q, %q: %d, %v, %v", k.rep, k.def, n, present, err)
		}
	}
}
