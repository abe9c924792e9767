package table

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestPartLocks: shares that overlap exclude each other, whatever they are shares of.
func TestPartLocks(t *testing.T) {
	out := t.TempDir()
	unlock, err := LockShards(out, 2, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		first, end int
		free       bool
	}{{0, 2, true}, {4, 9, true}, {0, 9, false}, {3, 5, false}, {2, 4, false}, {3, 3, true}} {
		un, err := LockShards(out, c.first, c.end)
		if (err == nil) != c.free || err != nil && !errors.Is(err, errLocked) {
			t.Errorf("%d to %d beside 2 to 4: %v", c.first, c.end, err)
		}
		if err == nil {
			if err := un(); err != nil {
				t.Error(err)
			}
		}
	}
	un, err := lockManifest(context.Background(), out)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Millisecond)
	defer cancel()
	if _, err := lockManifest(ctx, out); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two write the manifest: %v", err)
	}
	if err := errors.Join(un(), unlock()); err != nil {
		t.Fatal(err)
	}
	if un, err = LockShards(out, 0, 9); err != nil {
		t.Fatal(err)
	}
	if err := un(); err != nil {
		t.Fatal(err)
	}
}
