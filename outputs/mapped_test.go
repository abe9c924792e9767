package outputs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"fc7/internal/half"
)

// A mapped table has the rows of one that is read, of every type and division.
func TestMappedTable(t *testing.T) {
	for _, dtype := range []string{Float32, Float16} {
		for _, count := range []int{1, 3, 40} {
			t.Run(fmt.Sprintf("%s/%d shards", dtype, count), func(t *testing.T) {
				cols, dir := testColumns(dtype), t.TempDir()
				want := testRows(30, cols)
				writeTable(t, dir, count, cols, want)
				names := []string{"fc6_q256", "fc7_q256"}
				table, err := OpenTable(dir, ReadOptions{Columns: names, Mapped: true})
				if err != nil {
					t.Fatal(err)
				}
				read, err := OpenTable(dir, ReadOptions{Columns: names})
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range names {
					compareMapped(t, table, read, name)
				}
				halves, err := OpenTable(dir, ReadOptions{Columns: names, Mapped: true, Halves: func(bytes int64) bool { return bytes == int64(4*30*cols[0].Width) }})
				if err != nil {
					t.Fatal(err)
				}
				defer halves.Close()
				compareHalves(t, halves, read, names, cols[0].Width)
				if err := table.Close(); err != nil {
					t.Error(err)
				}
				if err := table.Close(); err != nil {
					t.Error("closing twice:", err)
				}
			})
		}
	}
}

// Columns in half precision that are taken so have the values of those that are read.
func compareHalves(t *testing.T, table, read *Table, names []string, width int) {
	t.Helper()
	for _, name := range names {
		m, err := table.Descriptors(name)
		if err != nil {
			t.Fatal(err)
		}
		w, err := read.Descriptors(name)
		if err != nil {
			t.Fatal(err)
		}
		if kept := m.Column.Dtype == Float16 && m.Column.Width == width; (m.Halves() != nil) != kept {
			t.Errorf("%s of %s and %d values: kept as it is is %v", name, m.Column.Dtype, m.Column.Width, !kept)
		}
		for i, h := range m.Halves() {
			row := make([]float32, len(h))
			half.Widen(row, h)
			if m.OK[i] != w.OK[i] || (h == nil) == m.OK[i] || h != nil && !sameBits(row, w.Row(i)) {
				t.Fatalf("%s row %d: %v, read %v", name, i, row, w.Row(i))
			}
		}
	}
}

func compareMapped(t *testing.T, table, read *Table, name string) {
	t.Helper()
	m, err := table.Descriptors(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := read.Descriptors(name)
	if err != nil {
		t.Fatal(err)
	}
	if m.Data != nil {
		t.Error("a mapped table has Data")
	}
	rows := w.Rows()
	for i, row := range m.Rows() {
		if m.OK[i] != w.OK[i] || (row == nil) == m.OK[i] || !sameBits(row, rows[i]) || !sameBits(m.Row(i), rows[i]) {
			t.Fatalf("%s row %d: %v %v, read %v %v", name, i, m.OK[i], row, w.OK[i], rows[i])
		}
		if row == nil || len(table.maps) == 0 {
			continue
		}
		path, mapped := table.MappedAt(uintptr(unsafe.Pointer(&row[0])))
		if mapped != (m.Column.Dtype == Float32) || mapped && filepath.Dir(path) != table.Path {
			t.Fatalf("%s row %d is mapped: %v, from %s", name, i, mapped, path)
		}
	}
}

// A mapped file is checked page by page, as one that is read.
func TestMappedTableIsChecked(t *testing.T) {
	cols, dir := testColumns(Float32), t.TempDir()
	writeTable(t, dir, 1, cols, testRows(30, cols))
	path := filepath.Join(dir, ShardName(0, 1))
	good := mustRead(t, path)
	damaged := 0
	for at := 100; at < len(good); at += len(good) / 60 {
		bad := append([]byte(nil), good...)
		bad[at] ^= 0x10
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, read := OpenTable(dir, ReadOptions{Columns: []string{"fc7_q256"}})
		table, err := OpenTable(dir, ReadOptions{Columns: []string{"fc7_q256"}, Mapped: true})
		if (err == nil) != (read == nil) {
			t.Errorf("byte %d: read %v, mapped %v", at, read, err)
		}
		if err != nil {
			damaged++
			continue
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
	if damaged < 10 {
		t.Errorf("only %d damages were found", damaged)
	}
}

// Maps of several sizes are no matrix, mapped or not.
func TestMappedTableOfMaps(t *testing.T) {
	cols, dir := mapColumns(Float32), t.TempDir()
	writeTable(t, dir, 2, cols, testRows(10, cols))
	if _, err := OpenTable(dir, ReadOptions{Columns: []string{"pool5_map_q256"}, Mapped: true}); err == nil || !strings.Contains(err.Error(), "maps of several sizes") {
		t.Error(err)
	}
}
