package weights

import (
	"context"
	"errors"
	"testing"
)

// countingReader cancels within its nth read.
type countingReader struct {
	left   int
	cancel func()
	reads  int
}

func (c *countingReader) ReadAt(p []byte, _ int64) (int, error) {
	if c.reads++; c.reads == c.left {
		c.cancel()
	}
	return len(p), nil
}

// TestUntil: a tensor of 40 MB ends within a piece of the moment when its context does.
func TestUntil(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &countingReader{left: 3, cancel: cancel}
	whole := &Tensor{Name: "w", Shape: []int{10 << 20}, Dtype: F32, data: r}
	x := make([]float32, 10<<20)
	if err := whole.Until(ctx).ReadFloat32(x); !errors.Is(err, context.Canceled) || r.reads != 3 {
		t.Errorf("%d reads, %v", r.reads, err)
	}
	r.left = 0
	if err := whole.Until(t.Context()).ReadFloat32(x); err != nil || r.reads != 13 {
		t.Errorf("%d reads, %v", r.reads, err)
	}
}
