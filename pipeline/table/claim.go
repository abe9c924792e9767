package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fc7/internal/lock"
	"fc7/outputs"
)

// claimFile is the file in a run's folder that says what table the processes at work there make. It counts while one of
// them is: shards, once there are some, say the same of themselves.
const claimFile = ".claim.json"

// claimLock is the place of the claim in the lock's range. It is held while a process looks who is at work, and takes
// its own shards.
const claimLock = manifestLock + 1

// claim is what the claim file holds.
type claim struct {
	Identity outputs.Identity `json:"identity"`
	Rows     int              `json:"rows"` // a shard
	Limits   outputs.Limits   `json:"limits"`
}

// lock locks this process's shards. Two runs with other settings that start together in a new folder each see it empty,
// and shares of both would be mixed: so the first claims it.
func (r *Run) lock(ctx context.Context) (unlock func() error, err error) {
	path := filepath.Join(r.Out, lockFile)
	turn, err := lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Range(path, claimLock, 1) })
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", r.Out, err)
	}
	defer func() {
		if e := turn.Release(); err == nil && e != nil {
			err = errors.Join(e, unlock())
		}
	}()
	alone, err := lock.Range(path, 0, manifestLock)
	switch {
	case errors.Is(err, lock.ErrHeld):
		err = r.claimed()
	case err == nil:
		err = errors.Join(r.claim(), alone.Release())
	}
	if err != nil {
		return nil, err
	}
	return LockShards(r.Out, r.first, r.end)
}

// Alone keeps others from beginning a table in a folder until it is released. That somebody is at work on one there is
// an error.
func Alone(ctx context.Context, out string) (release func() error, err error) {
	path := filepath.Join(out, lockFile)
	turn, err := lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Range(path, claimLock, 1) })
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", out, err)
	}
	alone, err := lock.Range(path, 0, manifestLock)
	switch {
	case errors.Is(err, lock.ErrHeld):
		err = fmt.Errorf("%s: another fc7 makes a table there without a plan: wait for it, or choose another folder", out)
	case err == nil:
		err = alone.Release()
	}
	if err != nil {
		return nil, errors.Join(err, turn.Release())
	}
	return turn.Release, nil
}

// Busy is the error of [Alone] without keeping anybody away. Where nobody ever was at work nothing is made.
func Busy(ctx context.Context, out string) error {
	if _, err := os.Lstat(filepath.Join(out, lockFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	release, err := Alone(ctx, out)
	if err != nil {
		return err
	}
	return release()
}

// whileIdle lets something be done in a folder where nobody is at work, and keeps others from beginning there
// meanwhile. Where somebody is, or that cannot be told now, it is not done.
func whileIdle(out string, do func()) {
	path := filepath.Join(out, lockFile)
	turn, err := lock.Range(path, claimLock, 1)
	if err != nil {
		return
	}
	if all, err := lock.Range(path, 0, manifestLock); err == nil {
		if !all.Void() {
			do()
		}
		_ = all.Release()
	}
	_ = turn.Release()
}

// claim says that this run's table is made here. Nobody else is at work.
func (r *Run) claim() error {
	return outputs.WriteJSON(filepath.Join(r.Out, claimFile), claim{r.Identity, r.Rows, r.Limits})
}

// claimed is the error of a folder where another process makes another table. A claim that cannot be read is of an
// earlier fc7, or of none.
func (r *Run) claimed() error {
	var c claim
	if outputs.ReadJSON(filepath.Join(r.Out, claimFile), &c) != nil {
		return nil
	}
	if diff := r.otherTable(c, "table"); len(diff) > 0 {
		return &MismatchError{Out: r.Out, Differences: diff, Now: true}
	}
	return nil
}

// otherTable tells in what a table that is made or planned, and may have no shard yet, is not this run's.
func (r *Run) otherTable(c claim, which string) []string {
	diff := append(c.Identity.Differences(r.Identity), r.otherLimits(c.Limits)...)
	if c.Rows != r.Rows {
		diff = append(diff, fmt.Sprintf("rows a shard: %s has %d, now %d", which, c.Rows, r.Rows))
	}
	return diff
}
