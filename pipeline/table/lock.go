package table

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"fc7/internal/lock"
)

// lockFile is the file in a run's folder that processes, of one machine or of several that share the folder, lock. The
// kernel drops a lock when its process ends, however it ends.
const lockFile = ".lock"

// errLocked means that another process holds the lock.
var errLocked = errors.New("another fc7 is writing here; wait for it, or choose another folder")

// IsHeld tells whether an error is that another process is at the same files of a table.
func IsHeld(err error) bool { return errors.Is(err, errLocked) }

// LockShards keeps every other process away from shards first to end-1 of the folder's table.
func LockShards(out string, first, end int) (unlock func() error, err error) {
	if first == end {
		return func() error { return nil }, nil
	}
	l, err := lock.Range(filepath.Join(out, lockFile), int64(first), int64(end-first))
	if errors.Is(err, lock.ErrHeld) {
		err = errLocked
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", out, err)
	}
	return l.Release, nil
}

// manifestLock is the place of the manifest in the lock's range, behind all shards.
const manifestLock = 1 << 40

// lockManifest waits until no other process writes the folder's manifest.
func lockManifest(ctx context.Context, out string) (unlock func() error, err error) {
	l, err := lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Range(filepath.Join(out, lockFile), manifestLock, 1) })
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", out, err)
	}
	return l.Release, nil
}
