package place

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"fc7/internal/atomicfile"
	"fc7/internal/fetch"
	"fc7/internal/lock"
	"fc7/internal/machine"
)

// work is a folder of this process for files on their way, which is there while somebody uses it.
type work struct {
	mu    sync.Mutex
	dir   string
	guard *lock.Lock // tells others that this process lives
	users int
}

var shared work

const (
	workName = "fc7-work-"
	workLock = ".lock"
)

// base is the folder that the work space is made in: where the system, or the scheduler, says that temporary files go,
// else the cache, where that was named: a pod has no other folder that can be written to.
func base() string {
	for _, name := range []string{"TMPDIR", "FC7_CACHE"} {
		if dir := os.Getenv(name); dir != "" {
			return dir
		}
	}
	return os.TempDir()
}

// room makes sure that so many bytes are free.
func room(bytes int64) (string, error) {
	dir := base()
	if free := machine.FreeDisk(dir); free >= 0 && free < bytes {
		return dir, fmt.Errorf("files of the table are put together in %s, which has %s free, and %s are needed: set TMPDIR to another folder: %w",
			dir, fetch.Bytes(free), fetch.Bytes(bytes), syscall.ENOSPC)
	}
	return dir, nil
}

// take is the folder, until it is given back.
func (w *work) take() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users == 0 {
		if err := w.start(); err != nil {
			return "", fmt.Errorf("making a folder for files on their way; TMPDIR says where: %w", err)
		}
	}
	w.users++
	return w.dir, nil
}

// give gives the folder back.
func (w *work) give() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users--; w.users > 0 {
		return nil
	}
	return errors.Join(w.guard.Release(), os.RemoveAll(w.dir))
}

// start makes the folder, and removes those that dead processes left.
func (w *work) start() (err error) {
	in := base()
	if err := atomicfile.MkdirAll(in); err != nil {
		return err
	}
	removeDead(in)
	for range 10 {
		if w.dir, err = os.MkdirTemp(in, workName); err != nil {
			return err
		}
		w.guard, err = lock.Named(filepath.Join(w.dir, workLock))
		if !errors.Is(err, fs.ErrNotExist) { // another process took it for one that was left
			break
		}
	}
	return err
}

// removeDead removes the folders of processes that do not live any more. What cannot be removed is somebody else's.
func removeDead(in string) {
	entries, _ := os.ReadDir(in) // none are seen, none are removed
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), workName) {
			continue
		}
		dir := filepath.Join(in, e.Name())
		l, err := lock.Standing(filepath.Join(dir, workLock))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			_ = os.Remove(dir) // goes only where nothing is in it
		case err == nil && l.Void():
			_ = l.Release()
		case err == nil:
			_ = l.Remove()
			_ = os.RemoveAll(dir)
		}
	}
}
