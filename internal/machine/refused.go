package machine

import (
	"errors"
	"fmt"
	"io/fs"
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

// Forbids tells whether an error shows that something may not be read or written by this process, which it may not when
// it is tried again, either: for want of rights, or since the file system is only read.
func Forbids(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// inNames are the errors that a path alone may be the cause of, beside those that it leads to nothing, or to what may
// not be read: one that is too long, goes round in circles, or that this file system cannot have.
var inNames = append([]syscall.Errno{
	syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.EILSEQ,
}, systemNames...)

// afterOpening are the calls, by the names that package os gives them, that are made of a file that was opened: its
// name has no part in what they say.
var afterOpening = []string{"read", "seek"}

// InName tells whether an error is of opening or looking at a file, and may be of its name: that nothing is there, or
// that it may not be read. It may as well be of a machine in which that has just changed.
func InName(err error) bool {
	if p := new(fs.PathError); errors.As(err, &p) && slices.Contains(afterOpening, p.Op) {
		return false
	}
	is := func(e syscall.Errno) bool { return errors.Is(err, e) }
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || slices.ContainsFunc(inNames, is)
}

// Withholds tells whether an error shows that a disk, a server or the system does not give what a file holds, which
// says nothing of what that is: any error of theirs, for whatever reason, but those that may be of the name, and that
// it is a folder.
func Withholds(err error) bool {
	system := syscall.Errno(0)
	return errors.As(err, &system) && !InName(err) && !errors.Is(err, syscall.EISDIR)
}
