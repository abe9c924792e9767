package conveyor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"fc7/datasets"
)

// faulty is a reader of a set whose disk fails so often, then gives what is there.
func faulty(set *datasets.Set, op string, e syscall.Errno, times int, patience time.Duration) *Reader {
	r := NewReader(set, Options{Patience: patience})
	open := r.watch.openAt
	fails := func(path string) error {
		if times--; times < 0 {
			return nil
		}
		return &fs.PathError{Op: op, Path: path, Err: e}
	}
	r.watch.openAt = func(ctx context.Context, it *datasets.Item) (io.ReadCloser, error) {
		if op != "read" {
			if err := fails(it.At.Path); err != nil {
				return nil, err
			}
		}
		f, err := open(ctx, it)
		if err != nil || op != "read" {
			return f, err
		}
		return &faultyFile{f.(*os.File), func() error { return fails(it.At.Path) }}, nil
	}
	return r
}

type faultyFile struct {
	*os.File
	fails func() error
}

func (f *faultyFile) Read(b []byte) (int, error) {
	if err := f.fails(); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

// otherErrors are what disks, drivers and servers say beside what TestTroubleOfTheMachine has. ECOMM, ENOKEY and their
// like, which not every system has, are numbers.
var otherErrors = []syscall.Errno{
	syscall.EFAULT, syscall.EFBIG, syscall.ENOSPC, syscall.EDQUOT, syscall.EOVERFLOW, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EPROTO,
	syscall.EROFS, syscall.EPIPE, syscall.EDOM, syscall.EBADF, syscall.ENOLCK, syscall.EXDEV, 61, 62, 70, 74, 84, 117, 121, 126, 127, 128, 500,
}

// pathErrors may be of a path.
var pathErrors = []syscall.Errno{
	syscall.EACCES, syscall.EPERM, syscall.EINVAL, syscall.EILSEQ, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.ENOENT, syscall.ENOTDIR,
}

// No error of the system at reading makes a failed row, and at opening only one that the path may be the cause of, and
// that stays: all others are tried again, then stop the run.
func TestWithheld(t *testing.T) {
	_, root, image := patient(t, time.Minute)
	set := &datasets.Set{Root: root}
	says := func(op string, e syscall.Errno, times int, patience time.Duration) (isMachine bool, err error) {
		_, err = reads(t, faulty(set, op, e, times, patience), image)
		return errors.As(err, new(*MachineError)), err
	}
	for k, e := range append(otherErrors, pathErrors...) {
		for _, op := range []string{"open", "read", "stat"} {
			if _, err := says(op, e, 1, time.Minute); err != nil {
				t.Errorf("%s: %v once: %v", op, e, err)
			}
			inPath := k >= len(otherErrors) && op != "read" && e != syscall.ENOENT && e != syscall.ENOTDIR
			if inPath || e == syscall.EILSEQ && op != "read" { // a number may be another error here
				continue
			}
			if isMachine, err := says(op, e, 1<<30, 20*time.Millisecond); !isMachine || !errors.Is(err, e) {
				t.Errorf("%s: %v for good is taken for a bad image: %v", op, e, err)
			}
		}
	}
}

// What does not open because of its path fails, and is waited for once a folder, since it may be the machine; a moment
// of it is waited for even then. An archive, which opened when it was listed, is the machine's.
func TestShut(t *testing.T) {
	const patience = 50 * time.Millisecond
	_, root, image := patient(t, patience)
	for _, e := range pathErrors[:6] {
		r := faulty(&datasets.Set{Root: root}, "open", e, 1<<30, patience)
		for k := range 3 {
			took, err := reads(t, r, image)
			if !errors.Is(err, e) || errors.As(err, new(*MachineError)) {
				t.Errorf("%v for good: %v", e, err)
			}
			if k == 0 && took < patience {
				t.Errorf("%v was believed after %v", e, took)
			}
		}
		r.watch.openAt = faulty(r.set, "open", e, 1, patience).watch.openAt
		if _, err := reads(t, r, image); err != nil {
			t.Errorf("%v once, in a folder with others that do not open: %v", e, err)
		}
	}
	it := &datasets.Item{ID: "x", At: datasets.Location{Path: filepath.Join(root, "a.tar"), Part: &datasets.Part{Size: 9}}}
	r := faulty(&datasets.Set{Root: root}, "open", syscall.EACCES, 1<<30, patience)
	if _, _, err := r.image(t.Context(), it); !errors.As(err, new(*MachineError)) {
		t.Errorf("an archive that does not open: %v", err)
	}
}
