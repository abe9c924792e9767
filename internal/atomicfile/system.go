package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// step comes before each call that changes the disk, for tests, which let it fail or end the process there.
var step = func(call, path string) error { return nil }

func rename(from, to string) error { return renameIn(nil, from, to) }

// The calls for files take the folder that the file is in, held open, and go by the last elements of the paths; nil:
// they go by the paths.

func renameIn(dir *os.Root, from, to string) error {
	was := lookIn(dir, from)
	err := step("rename", from)
	switch {
	case err != nil:
	case dir == nil:
		err = bare(os.Rename(from, to))
	default:
		err = bare(dir.Rename(filepath.Base(from), filepath.Base(to)))
	}
	if err != nil && !(errors.Is(err, fs.ErrNotExist) && isSame(was, lookIn(dir, to))) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// lookIn is what stands at a path; nil: nothing does, or that cannot be told.
func lookIn(dir *os.Root, path string) fs.FileInfo {
	look := os.Lstat
	if dir != nil {
		path, look = filepath.Base(path), dir.Lstat
	}
	info, err := look(path)
	if err != nil {
		return nil
	}
	return info
}

// isSame tells of a call that failed, since what it was to take is not there, or something stands where it was to put
// that, whether it has done it all the same: a file system of a network may lose the answer and make the call again,
// which then meets what the first one did.
func isSame(was, now fs.FileInfo) bool { return was != nil && now != nil && os.SameFile(was, now) }

// bare is the cause of a call's failure without the names in the call, which are those within the folder.
func bare(err error) error {
	var l *os.LinkError
	var p *fs.PathError
	switch {
	case errors.As(err, &l):
		return l.Err
	case errors.As(err, &p):
		return p.Err
	}
	return err
}

// renameNew fails with fs.ErrExist where something stands at to, and with errors.ErrUnsupported where the system, or
// the file system, has no such call.
func renameNew(from, to string) error {
	return flagged("rename without replacing", from, to, sysRenameNew)
}

// exchange swaps two names; it fails with errors.ErrUnsupported where that cannot be done.
func exchange(a, b string) error { return flagged("exchange", a, b, sysExchange) }

func flagged(op, from, to string, call func(from, to string) error) error {
	was := lookIn(nil, from)
	err := step(op, from)
	if err == nil {
		err = call(from, to)
	}
	if (errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist)) && lookIn(nil, from) == nil && isSame(was, lookIn(nil, to)) {
		return nil
	}
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return &os.LinkError{Op: op, Old: from, New: to, Err: err}
	}
	return err
}

func link(dir *os.Root, from, to string) error {
	err := step("link", from)
	switch {
	case err != nil:
	case dir == nil:
		err = bare(os.Link(from, to))
	default:
		err = bare(dir.Link(filepath.Base(from), filepath.Base(to)))
	}
	if err != nil && !(errors.Is(err, fs.ErrExist) && isSame(lookIn(dir, from), lookIn(dir, to))) {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: err}
	}
	return nil
}

func remove(path string) error { return removeIn(nil, path) }

func removeIn(dir *os.Root, path string) error {
	err := step("remove", path)
	switch {
	case err != nil:
	case dir == nil:
		return os.Remove(path)
	default:
		err = bare(dir.Remove(filepath.Base(path)))
	}
	if err != nil {
		return &os.PathError{Op: "remove", Path: path, Err: err}
	}
	return nil
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

func open(dir *os.Root, path string, flag int) (*os.File, error) {
	var f *os.File
	err := step("open", path)
	switch {
	case err != nil:
	case dir == nil:
		return os.OpenFile(path, flag, 0o644)
	default:
		f, err = dir.OpenFile(filepath.Base(path), flag, 0o644)
		err = bare(err)
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return f, nil
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
