package heads

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// TestTrainInterrupted: the end of the context does not wait for rows to be put together, of which there may be
// millions: here never, since what is told on the way is held up.
func TestTrainInterrupted(t *testing.T) {
	j := fixture.Job(t)
	fixture.Extract(t, j)
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	defer close(hold)
	told := 0
	out := filepath.Join(t.TempDir(), "heads")
	ev := conveyor.Events{Note: func(string) {
		told++
		cancel()
		<-hold
	}}
	if _, err := Train(ctx, Job{Features: j.Out, Out: out}, ev); !errors.Is(err, context.Canceled) || told != 1 {
		t.Errorf("%v, told %d times", err, told)
	}
	if _, err := os.Lstat(out); err == nil {
		t.Error("heads were made")
	}
}
