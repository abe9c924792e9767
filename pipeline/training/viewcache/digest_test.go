package viewcache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A byte that is another one than was written is told, wherever it is, with the name of its file: no row is read that
// was not written so, and none is left out for a reason that was not.
func TestEveryByteCounts(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 4)
	if err := c.Append(rowsFrom(0, 2), map[int]string{1: "no JPEG"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	whole := map[string][]byte{}
	for _, name := range []string{rowsName, logName} {
		var err error
		if whole[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range whole {
		for at := range b {
			spoilt := append([]byte(nil), b...)
			spoilt[at] ^= 1 << (at % 8)
			write(name, spoilt)
			if err := readAll(dir); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)) {
				// The last line without its end is one that a kill cut off.
				if at < len(b)-1 || name != logName {
					t.Fatalf("%s, byte %d: %v", name, at, err)
				}
			}
		}
		for name, b := range whole {
			write(name, b)
		}
		if err := readAll(dir); err != nil {
			t.Errorf("%s as it was: %v", name, err)
		}
	}
}

// readAll opens a cache and reads its rows.
func readAll(dir string) (err error) {
	c, err := Open(dir, []byte(identity), 4, 3)
	if err != nil {
		return err
	}
	defer c.Close()
	x := make([]float32, 3)
	for row := range c.Done() {
		if err := c.Read(x, row); err != nil {
			return err
		}
	}
	return nil
}

// Rows that stand in another's place, or in another cache, are none of these.
func TestRowsElsewhere(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 4)
	if err := c.Append(rowsFrom(0, 2), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, rowsName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	half := len(whole) / 2
	if err := os.WriteFile(path, append(append([]byte(nil), whole[half:]...), whole[:half]...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := readAll(dir); err == nil || !strings.Contains(err.Error(), "row 0 of 2 is not what was written") {
		t.Errorf("two rows that changed places: %v", err)
	}
	other := t.TempDir()
	o, err := Open(other, []byte(`{"weights": "cd"}`), 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Append(rowsFrom(0, 2), nil); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if foreign, err := os.ReadFile(filepath.Join(other, rowsName)); err != nil || os.WriteFile(path, foreign, 0o644) != nil {
		t.Fatal(err)
	}
	if err := readAll(dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("rows of another cache: %v", err)
	}
}

// A cache of the version without digests is named as that.
func TestEarlierVersion(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, logName), []byte(`{"cache":1,"rows":4,"width":3,"of":{"weights":"ab","views":2}}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := readAll(dir); err == nil || !strings.Contains(err.Error(), "of an earlier version, without digests: remove the folder") {
		t.Errorf("%v", err)
	}
}
