package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fc7/outputs"
)

// run is a run's folder: what it is to hold, and which shards of it are done.
type run struct {
	out, features string
	id            outputs.Identity
	columns       []outputs.Column
	items         int
	rows          int // a shard
	count         int // shards
	done          []bool
}

// open makes the folder, locks it, and looks for what earlier runs finished.
func (r *run) open() (unlock func() error, err error) {
	if err := os.MkdirAll(r.features, 0o755); err != nil {
		return nil, fmt.Errorf("making the run's folder: %w", err)
	}
	unlock, err = lock(filepath.Join(r.out, ".lock"))
	if err != nil {
		return nil, err
	}
	if err := r.look(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return unlock, nil
}

// look marks the shards that are done, after making sure that they belong to this run.
func (r *run) look() error {
	entries, err := os.ReadDir(r.features)
	if err != nil {
		return fmt.Errorf("reading the run's folder: %w", err)
	}
	r.done = make([]bool, r.count)
	for _, e := range entries {
		i, count, ok := outputs.ParseShardName(e.Name())
		if !ok {
			continue
		}
		s, err := outputs.OpenShard(filepath.Join(r.features, e.Name()))
		if err != nil {
			return fmt.Errorf("a shard of an earlier run cannot be used: %w; remove it to compute it again", err)
		}
		diff := s.Identity.Differences(r.id)
		s.Close()
		if len(diff) == 0 && count != r.count {
			diff = []string{fmt.Sprintf("shards: table has %d, now %d (rows a shard were changed)", count, r.count)}
		}
		if len(diff) > 0 {
			return &MismatchError{r.out, diff}
		}
		r.done[i] = true
	}
	return nil
}

// pending lists the items of the shards that are not done, in order.
func (r *run) pending() []int {
	var items []int
	for s, done := range r.done {
		if done {
			continue
		}
		for i := s * r.rows; i < min((s+1)*r.rows, r.items); i++ {
			items = append(items, i)
		}
	}
	return items
}

// rowsDone counts the rows of the shards that are done.
func (r *run) rowsDone() int {
	n := 0
	for s, done := range r.done {
		if done {
			n += min((s+1)*r.rows, r.items) - s*r.rows
		}
	}
	return n
}
