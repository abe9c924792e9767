package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// replay lets calls be made, and then fail as they do where a file system of a network lost the answer and made them
// again: a second link finds the name taken, and a second rename nothing to take.
func replay(t *testing.T, to string) (calls *int) {
	t.Helper()
	calls = new(int)
	before := step
	t.Cleanup(func() { step = before })
	setStep(func(call, path string) error {
		var err, says error
		switch call {
		case "link":
			err, says = os.Link(path, to), syscall.EEXIST
		case "rename", "rename without replacing":
			err, says = os.Rename(path, to), syscall.ENOENT
		case "remove":
			err, says = os.Remove(path), syscall.ENOENT
		default:
			return nil
		}
		*calls++
		return errors.Join(err, says)
	})
	return calls
}

// TestReplayed: what was done is done, though the call that did it says that it could not. What another process put
// there is not ours.
func TestReplayed(t *testing.T) {
	for _, replace := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		calls := replay(t, path)
		if err := WriteBytes(path, []byte("ours"), replace); err != nil || *calls == 0 {
			t.Errorf("replaced %v: %v, %d calls", replace, err, *calls)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("replaced %v: %v, %v", replace, left, err)
		}
	}
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := os.WriteFile(from, []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	replay(t, to)
	if linked, err := Bring(from, to, false); err != nil || !linked {
		t.Errorf("brought: %v, %v", linked, err)
	}
	folder, name := filepath.Join(dir, "made"), filepath.Join(dir, "named")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	replay(t, name)
	if err := PlaceFolder(folder, name); err != nil {
		t.Errorf("a folder: %v", err)
	}
	replay(t, to)
	setStep(func(call, path string) error {
		if call == "link" {
			return syscall.EEXIST
		}
		return nil
	})
	if err := WriteBytes(to, []byte("another"), false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("another's file: %v", err)
	}
}
