package machine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"testing"
)

// TestAdvise: whoever is told to remove a file is told so of a damaged one, never for what a disk or the machine did.
func TestAdvise(t *testing.T) {
	const advice = "remove it"
	for _, err := range []error{io.ErrUnexpectedEOF, errors.New("it is damaged")} {
		if got := Advise(fmt.Errorf("x: %w", err), advice); !errors.Is(got, err) || got.Error() != "x: "+err.Error()+"; remove it" {
			t.Errorf("%v", got)
		}
	}
	for _, e := range []syscall.Errno{syscall.EIO, syscall.EACCES, syscall.EMFILE, syscall.ENOENT} {
		err := error(&fs.PathError{Op: "open", Path: "x", Err: e})
		if got := Advise(fmt.Errorf("reading: %w", err), advice); !errors.Is(got, e) || got.Error() != "reading: "+err.Error() {
			t.Errorf("%v", got)
		}
	}
	if Advise(nil, advice) != nil {
		t.Error("an error of nothing")
	}
}

// TestWithholds: what a system says of a file that is open is never of its name, and at opening only what a name may be
// the cause of; what is no error of a system is of what the file holds.
func TestWithholds(t *testing.T) {
	at := func(op string, e error) error {
		return fmt.Errorf("reading: %w", &fs.PathError{Op: op, Path: "x", Err: e})
	}
	for _, e := range []error{syscall.EACCES, syscall.ENOENT, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.ELOOP} {
		if err := at("open", e); !InName(err) || Withholds(err) {
			t.Errorf("%v", err)
		}
		if err := at("read", e); InName(err) || !Withholds(err) {
			t.Errorf("%v", err)
		}
	}
	for _, e := range []error{syscall.EIO, syscall.EMFILE, syscall.EOVERFLOW, syscall.Errno(117), syscall.Errno(9999)} {
		for _, op := range []string{"open", "read", "stat"} {
			if err := at(op, e); InName(err) || !Withholds(err) {
				t.Errorf("%v", err)
			}
		}
	}
	for _, err := range []error{io.ErrUnexpectedEOF, at("read", syscall.EISDIR), at("read", fs.ErrClosed), nil} {
		if InName(err) || Withholds(err) {
			t.Errorf("%v", err)
		}
	}
}
