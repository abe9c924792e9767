package weights

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func say(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s has %q, %v; expected %q", path, got, err, want)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("the folder has %v, expected one file", files)
	}
}

func TestAtomicWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	if err := writeAtomically(path, false, say("one")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "one")
	err := writeAtomically(path, false, func(io.Writer) error { t.Error("written although refused"); return nil })
	wantError(t, err, path, "file already exists; remove it")
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v is no ErrExist", err)
	}
	if err := writeAtomically(path, true, say("two")); err != nil {
		t.Fatal(err)
	}
	wantContent(t, path, "two")
	broken := errors.New("disk full")
	err = writeAtomically(path, true, func(w io.Writer) error { return errors.Join(say("three")(w), broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	wantContent(t, path, "two")
}

// A file that another process made meanwhile stays.
func TestAtomicWriteIsOvertaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	err := writeAtomically(path, false, func(w io.Writer) error {
		return errors.Join(say("ours")(w), os.WriteFile(path, []byte("theirs"), 0o600))
	})
	wantError(t, err, "file already exists; remove it")
	wantContent(t, path, "theirs")
}

func TestAtomicWriteIntoNowhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent", "out")
	if err := writeAtomically(path, false, say("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
