package bounded

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, n := range []int{0, 1, 511, 512, 513, 4096} {
		want := bytes.Repeat([]byte("x"), n)
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := File(path, int64(n)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %d, %v", n, len(got), err)
		}
		var large *LargeError
		if _, err := File(path, int64(n)-1); !errors.As(err, &large) || large.Path != path || !strings.Contains(err.Error(), path) {
			t.Errorf("%d bytes, one too many: %v", n, err)
		}
	}
	if _, err := File(path+"y", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := File(filepath.Dir(path), 1<<20); err == nil || !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Error(err)
	}
}

// What has no end, or far too late a one, costs its bound.
func TestFileWithoutEnd(t *testing.T) {
	sparse := filepath.Join(t.TempDir(), "x")
	if err := errors.Join(os.WriteFile(sparse, nil, 0o644), os.Truncate(sparse, 3<<30)); err != nil {
		t.Fatal(err)
	}
	paths := []string{sparse}
	if _, err := os.Stat("/dev/zero"); err == nil {
		paths = append(paths, "/dev/zero")
	}
	for _, path := range paths {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := File(path, 1<<20)
		runtime.ReadMemStats(&after)
		var large *LargeError
		if n := after.TotalAlloc - before.TotalAlloc; !errors.As(err, &large) || n > 8<<20 {
			t.Errorf("%s: %v, %d bytes allocated", path, err, n)
		}
	}
}
