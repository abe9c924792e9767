package viewcache

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const identity = `{"weights": "ab", "views": 2}`

func openCache(t *testing.T, dir string, rows int) *Cache {
	t.Helper()
	c, err := Open(dir, []byte(identity), rows, 3)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func rowsFrom(first, n int) []float32 {
	x := make([]float32, 3*n)
	for i := range x {
		x[i] = float32(3*first+i) / 7
	}
	return x
}

// A cache goes on after the rows that are complete, wherever it was cut off, and gives back every bit.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 7)
	if err := c.Append(rowsFrom(0, 2), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// What a kill leaves: half a row, half a line.
	for name, tail := range map[string]string{rowsName: "ab", logName: `{"done":3,"fai`} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString(tail)
		f.Close()
	}
	c = openCache(t, dir, 7)
	if c.Done() != 2 {
		t.Fatalf("%d rows", c.Done())
	}
	if err := c.Append(rowsFrom(2, 4), map[int]string{1: "no JPEG", 3: "too large"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Append(rowsFrom(6, 2), nil); err == nil || !strings.Contains(err.Error(), "rows from 6 to 7") {
		t.Errorf("a row too many: %v", err)
	}
	if err := c.Append(rowsFrom(6, 1), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openCache(t, dir, 7)
	defer c.Close()
	got := make([]float32, 3)
	for row := range 7 {
		if err := c.Read(got, row); err != nil {
			t.Fatal(err)
		}
		want := rowsFrom(row, 1)
		reason, failed := c.Failed(row)
		if failed {
			clear(want)
		}
		if !slices.Equal(got, want) || failed != (row == 3 || row == 5) || row == 5 && reason != "too large" {
			t.Errorf("row %d is %v, expected %v; failed %v %q", row, got, want, failed, reason)
		}
	}
	if err := c.Read(got, 7); err == nil {
		t.Error("a row that is not there was read")
	}
}

// TestCacheSyncFails: a line that was written, but not synced, is not written again behind itself when the cache is
// closed.
func TestCacheSyncFails(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 7)
	if err := c.Append(rowsFrom(0, 2), nil); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk quota exceeded")
	sync := syncLog
	defer func() { syncLog = sync }()
	syncLog = func(*os.File) error { return full }
	if err := c.Sync(); !errors.Is(err, full) {
		t.Fatalf("error %v", err)
	}
	syncLog = sync
	if err := errors.Join(c.Append(rowsFrom(2, 1), nil), c.Sync()); !errors.Is(err, full) {
		t.Errorf("goes on after it failed: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = openCache(t, dir, 7)
	if c.Done() != 2 {
		t.Errorf("%d rows, expected the two before the failure", c.Done())
	}
	if err := c.Append(rowsFrom(2, 5), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if c = openCache(t, dir, 7); c.Done() != 7 || c.Close() != nil {
		t.Errorf("%d rows of 7", c.Done())
	}
}

func TestCacheRefuses(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir, 7)
	if err := c.Append(rowsFrom(0, 2), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	var other *OtherError
	for _, open := range []func() (*Cache, error){
		func() (*Cache, error) { return Open(dir, []byte(`{"weights":"ab","views":3}`), 7, 3) },
		func() (*Cache, error) { return Open(dir, []byte(identity), 8, 3) },
		func() (*Cache, error) { return Open(dir, []byte(identity), 7, 4) },
	} {
		if _, err := open(); !errors.As(err, &other) {
			t.Errorf("%v", err)
		}
	}
	if c := openCache(t, dir, 7); c.Done() != 2 || c.Close() != nil {
		t.Error("refusing spoilt the cache")
	}
	if _, err := Open(dir, []byte("{"), 7, 3); err == nil {
		t.Error("an identity that is no JSON")
	}
	none := filepath.Join(dir, "none")
	for _, size := range [][2]int{{0, 3}, {-1, 3}, {7, 0}, {7, -1}, {math.MaxInt / 8, 3}} {
		if _, err := Open(none, []byte(identity), size[0], size[1]); err == nil || !strings.Contains(err.Error(), "a cache of") {
			t.Errorf("%d rows of %d values: %v", size[0], size[1], err)
		}
	}
	if _, err := os.Stat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder of no cache: %v", err)
	}
	log, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`{"done":1}`, `{"done":8}`, `{"done":"2"}`} { // fewer rows than before, more than there can be
		if err := os.WriteFile(filepath.Join(dir, logName), append(slices.Clone(log), line+"\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, []byte(identity), 7, 3); err == nil || !strings.Contains(err.Error(), "is none of cached maps") {
			t.Errorf("after 2 rows the line %s: %v", line, err)
		}
	}
	if err := os.Truncate(filepath.Join(dir, logName), maxLog+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, []byte(identity), 7, 3); err == nil || !strings.Contains(err.Error(), "larger than") || !strings.Contains(err.Error(), "computed again") {
		t.Errorf("a log without an end: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, logName), log, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, rowsName), 5); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, []byte(identity), 7, 3); err == nil || !strings.Contains(err.Error(), "has 5 bytes") {
		t.Errorf("cut off: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, logName), []byte("my notes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, []byte(identity), 7, 3); err == nil || !strings.Contains(err.Error(), "not the log") {
		t.Errorf("a foreign log: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, logName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, []byte(identity), 7, 3); err == nil || !strings.Contains(err.Error(), "does not say of what") {
		t.Errorf("no log: %v", err)
	}
}
