package atomicfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func sysRenameNew(from, to string) error { return renameat2(from, to, unix.RENAME_NOREPLACE) }

func sysExchange(a, b string) error { return renameat2(a, b, unix.RENAME_EXCHANGE) }

func renameat2(from, to string, flags uint) error {
	for {
		err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, flags)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOTSUP): // an old kernel, an odd file system
			return errors.ErrUnsupported
		}
		return err
	}
}

// sysUnnamed makes a file without a name in a folder, which goes when it is closed.
func sysUnnamed(dir string) error {
	f, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOENT), errors.Is(err, unix.EINVAL): // another file system
		return errors.ErrUnsupported
	case err != nil:
		return err
	}
	return f.Close()
}
