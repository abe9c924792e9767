package machine

import (
	"errors"
	"fmt"
	"syscall"
)

// Advise adds to the error of a file of fc7's own what its owner may do about a damaged one, such as to remove it. It
// does not where the system could not read the file (a disk that fails or was taken away, no right, no descriptors
// left): that says nothing of what the file holds, which may be good.
func Advise(err error, advice string) error {
	if system := syscall.Errno(0); err == nil || errors.As(err, &system) {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice)
}
