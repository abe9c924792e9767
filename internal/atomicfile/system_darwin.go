package atomicfile

import (
	"errors"

	"golang.org/x/sys/unix"
)

func sysRenameNew(from, to string) error { return renamex(from, to, unix.RENAME_EXCL) }

func sysExchange(a, b string) error { return renamex(a, b, unix.RENAME_SWAP) }

func renamex(from, to string, flags uint32) error {
	err := unix.RenamexNp(from, to, flags)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // an odd file system
		return errors.ErrUnsupported
	}
	return err
}

func sysUnnamed(string) error { return errors.ErrUnsupported }
