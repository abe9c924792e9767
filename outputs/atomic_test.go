package outputs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestPublish(t *testing.T) {
	for _, replace := range []bool{false, true} {
		dir := t.TempDir()
		final := filepath.Join(dir, "x")
		write := func(text string) string {
			f, err := createTemp(dir, "x")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			return f.Name()
		}
		if err := publish(write("old"), final, replace); err != nil {
			t.Fatal(err)
		}
		err := publish(write("new"), final, replace)
		want := "new"
		if !replace {
			want = "old"
			if !errors.Is(err, fs.ErrExist) {
				t.Errorf("over an existing file: %v", err)
			}
			if err := removeTemps(dir, "x"); err != nil {
				t.Fatal(err)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if got := string(mustRead(t, final)); got != want {
			t.Errorf("replace %v: %q, want %q", replace, got, want)
		}
		if left := leftovers(t, dir, "x"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if err := publish(filepath.Join(dir, "gone"), filepath.Join(dir, "y"), replace); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a temporary file that is gone: %v", err)
		}
	}
}

func TestCreateTempIsReadableByOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are not those of Unix there")
	}
	if err := writeFile(t.TempDir(), "x", nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := writeFile(dir, "x", []byte("text")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "x"))
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestRemoveTempsTakesOnlyItsOwn(t *testing.T) {
	dir := t.TempDir()
	keep := []string{"x", ".x", ".xy.1.tmp", ".x.1.tmp.bak", "x.1.tmp", ".y.1.tmp"}
	for _, name := range append(keep, ".x.1.tmp", ".x..tmp") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeTemps(dir, "x"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(keep) || len(leftovers(t, dir, keep...)) > 0 {
		t.Errorf("%v, %v; want %v", entries, err, keep)
	}
}
