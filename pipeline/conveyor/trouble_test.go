package conveyor

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fc7/datasets"
)

// TestTrouble: what is wrong with the machine is no failed row.
func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	set := &datasets.Set{Root: dir}
	tar := &datasets.Item{ID: "x", At: datasets.Location{Path: filepath.Join(dir, "a.tar"), Part: &datasets.Part{Offset: 512, Size: 9}}}
	_, absent := tar.At.Open()
	if err := trouble(absent, set, tar); err == nil {
		t.Error("a tar file that is gone is a failed row")
	}
	file := &datasets.Item{ID: "y", At: datasets.Location{Path: filepath.Join(dir, "a.jpg")}}
	_, absent = file.At.Open()
	if err := trouble(absent, set, file); err != nil {
		t.Errorf("an image that is gone ends the run: %v", err)
	}
	if err := trouble(errors.New("corrupt"), set, file); err != nil {
		t.Error(err)
	}
	if err := trouble(nil, set, file); err != nil {
		t.Error(err)
	}
}

// What the whole machine lacks ends the run; what one file has does not.
func TestTroubleOfTheMachine(t *testing.T) {
	set := &datasets.Set{Root: t.TempDir()}
	it := &datasets.Item{ID: "z", At: datasets.Location{Path: filepath.Join(set.Root, "z.jpg")}}
	opening := func(e error) error { return &fs.PathError{Op: "open", Path: it.At.Path, Err: e} }
	for _, e := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ESTALE, syscall.ENOTCONN} {
		if err := trouble(opening(e), set, it); !errors.Is(err, e) || !strings.HasPrefix(err.Error(), "z: this machine cannot read images now: ") {
			t.Errorf("%v is taken for a bad image: %v", e, err)
		}
	}
	for _, e := range []syscall.Errno{syscall.EACCES, syscall.EIO, syscall.EISDIR, syscall.ENOENT} {
		if err := trouble(opening(e), set, it); err != nil {
			t.Errorf("%v of one image ends the run: %v", e, err)
		}
	}
}
