package machine

import (
	"errors"
	"fmt"
	"slices"
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

// lacking are the errors of a machine that lacks what every image needs, or of a server that does not answer.
var lacking = [...]syscall.Errno{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOBUFS, syscall.EAGAIN, syscall.EINTR, syscall.EBUSY, syscall.ENODEV, syscall.ENXIO,
	syscall.ESTALE, syscall.ENOTCONN, syscall.ETIMEDOUT, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.ENETUNREACH,
	syscall.ENETRESET, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.ESHUTDOWN,
}

// Lacks tells whether an error shows that the machine lacks what every file needs, or that a server does not answer: it
// says nothing of the file.
func Lacks(err error) bool {
	return slices.ContainsFunc(lacking[:], func(e syscall.Errno) bool { return errors.Is(err, e) })
}
