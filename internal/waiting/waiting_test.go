package waiting

import (
	"context"
	"errors"
	"io/fs"
	"testing"
)

// TestFor: what cannot be interrupted does not hold up the end.
func TestFor(t *testing.T) {
	if v, err := For(context.Background(), func() (int, error) { return 7, fs.ErrClosed }); v != 7 || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("%d, %v", v, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	hold := make(chan struct{})
	defer close(hold)
	cancel()
	if v, err := For(ctx, func() (int, error) { <-hold; return 7, nil }); v != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", v, err)
	}
}
