package extraction

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"fc7/internal/atomicfile"
)

// TestSettled: a file system that is of no use to a table stays so; a disk that fails may do better.
func TestSettled(t *testing.T) {
	var permanent *PermanentError
	if err := settled(fmt.Errorf("x: %w", &atomicfile.AppendsError{Dir: "run", Err: syscall.EINVAL})); !errors.As(err, &permanent) {
		t.Errorf("files can only be appended to: %v", err)
	}
	var passing *PassingError
	if err := settled(fmt.Errorf("x: %w", syscall.EIO)); !errors.As(err, &passing) {
		t.Errorf("a disk that fails: %v", err)
	}
}
