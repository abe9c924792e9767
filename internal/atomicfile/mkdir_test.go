package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// Each new folder is on the disk before the next is made in it.
func TestMkdirAll(t *testing.T) {
	root := t.TempDir()
	var calls []string
	setStep(func(call, path string) error {
		calls = append(calls, call+" "+path)
		return nil
	})
	defer setStep(func(string, string) error { return nil })
	a := filepath.Join(root, "a")
	b := filepath.Join(a, "b")
	must(t, MkdirAll(b+string(filepath.Separator)))
	if want := []string{"mkdir " + a, "sync " + root, "mkdir " + b, "sync " + a}; !slices.Equal(calls, want) {
		t.Errorf("%q, want %q", calls, want)
	}
	calls = nil
	must(t, MkdirAll(b))
	if len(calls) > 0 {
		t.Errorf("a folder that is there: %q", calls)
	}
	must(t, os.WriteFile(filepath.Join(root, "file"), nil, 0o644))
	for _, path := range []string{filepath.Join(root, "file"), filepath.Join(root, "file", "x")} {
		if err := MkdirAll(path); !errors.Is(err, os.ErrExist) && !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A folder that can be written to is as it was afterwards; where a file without a name can be tried, no name is made at
// all, which a kill would leave.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	var calls []string
	setStep(func(call, _ string) error {
		calls = append(calls, call)
		return nil
	})
	defer setStep(func(string, string) error { return nil })
	must(t, Writable(dir, "x"))
	if unnamed := !errors.Is(sysUnnamed(dir), errors.ErrUnsupported); names(t, dir) != "" || unnamed && len(calls) > 0 {
		t.Errorf("there is %s, after %q", names(t, dir), calls)
	}
	for _, other := range []string{filepath.Join(dir, "none"), "/proc"} {
		if err := Writable(other, "x"); err == nil {
			t.Errorf("%s can be written to", other)
		}
	}
}

// TestChangeable: a folder where files can only be appended to is told before the work, and any other is as it was.
func TestChangeable(t *testing.T) {
	dir := t.TempDir()
	must(t, Changeable(dir, "x"))
	for cause, appends := range map[error]bool{syscall.EINVAL: true, syscall.ENOTSUP: true, syscall.EIO: false} {
		setStep(func(call, _ string) error {
			if call == "change" {
				return cause
			}
			return nil
		})
		err := Changeable(dir, "x")
		setStep(func(string, string) error { return nil })
		if a := new(AppendsError); !errors.Is(err, cause) || errors.As(err, &a) != appends || appends && a.Dir != dir {
			t.Errorf("%v: %v", cause, err)
		}
	}
	if left := names(t, dir); left != "" {
		t.Errorf("there is %s", left)
	}
}
