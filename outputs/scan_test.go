package outputs

import (
	"errors"
	"testing"
)

// Scan gives, group by group, what OpenTable gives at once.
func TestScan(t *testing.T) {
	dir := t.TempDir()
	cols := testColumns(Float32)
	rows := testRows(60, cols)
	for i := range 3 {
		writeShard(t, dir, i, 3, cols, testIdentity(60), rows[20*i:20*i+20], 2000)
	}
	table, err := OpenTable(dir, ReadOptions{Columns: []string{"fc7_q256", "fc6_q256"}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewScanner(dir)
	if err != nil {
		t.Fatal(err)
	}
	at, groups := 0, 0
	err = s.Scan([]string{"fc6_q256", "fc7_q256"}, func(b Batch) error {
		for i, name := range []string{"fc6_q256", "fc7_q256"} {
			m, err := table.Descriptors(name)
			if err != nil {
				return err
			}
			w := m.Column.Width
			if !sameBits(b.Columns[i], m.Data[at*w:(at+len(b.Rows))*w]) {
				t.Errorf("group %d: column %s differs", groups, name)
			}
		}
		compareRows(t, cols, b.Rows, table.Rows[at:at+len(b.Rows)])
		at += len(b.Rows)
		groups++
		return nil
	})
	if err != nil || at != 60 || groups < 6 {
		t.Errorf("%v after %d rows in %d groups", err, at, groups)
	}
	stop := errors.New("enough")
	if err := s.Scan(nil, func(Batch) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	if err := s.Scan([]string{"fc9"}, func(Batch) error { return nil }); err == nil {
		t.Error("a column that is not there was scanned")
	}
}
