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
