package heads

import (
	"context"
	"fmt"

	"fc7/internal/atomicfile"
	"fc7/internal/mirror"
)

// Remove removes a folder of heads, of a run on a store there too. One that holds more than heads stays, and is an
// error.
func Remove(ctx context.Context, dir string) error {
	err := onlyHeads(dir)
	if err == nil {
		err = mirror.RemoveFolder(ctx, dir, ScoresFile)
	}
	if err == nil {
		err = atomicfile.RemoveFolder(ctx, dir)
	}
	if err != nil {
		return fmt.Errorf("removing heads: %w", err)
	}
	return nil
}
