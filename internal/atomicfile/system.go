package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// step comes before each call that changes the disk, for tests, which let it fail or end the process there.
var step = func(call, path string) error { return nil }

func rename(from, to string) error {
	if err := step("rename", from); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return os.Rename(from, to)
}

// renameNew fails with fs.ErrExist where something stands at to, and with errors.ErrUnsupported where the system, or
// the file system, has no such call.
func renameNew(from, to string) error {
	return flagged("rename without replacing", from, to, sysRenameNew)
}

// exchange swaps two names; it fails with errors.ErrUnsupported where that cannot be done.
func exchange(a, b string) error { return flagged("exchange", a, b, sysExchange) }

func flagged(op, from, to string, call func(from, to string) error) error {
	err := step(op, from)
	if err == nil {
		err = call(from, to)
	}
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return &os.LinkError{Op: op, Old: from, New: to, Err: err}
	}
	return err
}

func link(from, to string) error {
	if err := step("link", from); err != nil {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: err}
	}
	return os.Link(from, to)
}

func remove(path string) error {
	if err := step("remove", path); err != nil {
		return &os.PathError{Op: "remove", Path: path, Err: err}
	}
	return os.Remove(path)
}

func removeAll(path string) error {
	if err := step("remove all", path); err != nil {
		return &os.PathError{Op: "remove all", Path: path, Err: err}
	}
	return os.RemoveAll(path)
}

func mkdir(path string) error {
	if err := step("mkdir", path); err != nil {
		return &os.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return os.Mkdir(path, 0o755)
}

func open(path string, flag int) (*os.File, error) {
	if err := step("open", path); err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.OpenFile(path, flag, 0o644)
}

func syncFile(f *os.File) error {
	if err := step("sync", f.Name()); err != nil {
		return &os.PathError{Op: "sync", Path: f.Name(), Err: err}
	}
	return f.Sync()
}

func closeFile(f io.Closer, path string) error {
	if err := step("close", path); err != nil {
		return errors.Join(&os.PathError{Op: "close", Path: path, Err: err}, f.Close())
	}
	return f.Close()
}

// SyncFolder makes the names in a folder survive a power cut, for those who write files in place.
func SyncFolder(dir string) error { return syncFolder(dir) }

// syncFolder makes the names in a folder survive a power cut. Windows has no such call, and needs none.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return syncPath(dir)
}

// syncPath brings a file or folder to the disk. Some network file systems cannot do that for a folder, and nobody can
// for one that he may write to but not read.
func syncPath(path string) error {
	flag := os.O_RDONLY
	if runtime.GOOS == "windows" {
		flag = os.O_RDWR
	}
	f, err := os.OpenFile(path, flag, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = syncFile(f)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
