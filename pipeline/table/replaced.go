package table

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/few"
	"fc7/internal/machine"
	"fc7/internal/rowkey"
	"fc7/outputs"
)

// checkImages makes sure that the rows of this process's finished shards are of the images that the data set has now
// under their names. Only files with another size or time than when they were read are read again. What no file of
// inputs tells of, and images that are gone, are passed over. Images that were replaced are a *MismatchError.
func (r *Run) checkImages(ctx context.Context, look Look) error {
	replaced := make([][]string, r.end) // of each shard, the keys of their rows
	p := pool.New().WithMaxGoroutines(2 * runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for s := r.first; s < r.end; s++ {
		if !r.done[s] {
			continue
		}
		p.Go(func(ctx context.Context) (err error) {
			if ctx.Err() == nil {
				replaced[s], err = r.replacedIn(ctx, s, look)
			}
			return err
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	names := slices.Concat(replaced...)
	if len(names) == 0 {
		return ctx.Err()
	}
	return &MismatchError{r.Out, []string{fmt.Sprintf("images: %d have other bytes than those that their rows were computed from: %s", len(names), few.Names(names))}, true}
}

// replacedIn names the rows of a shard whose images were replaced.
func (r *Run) replacedIn(ctx context.Context, s int, look Look) (names []string, err error) {
	shard, err := outputs.OpenShard(filepath.Join(r.features, outputs.ShardName(s, r.count)))
	if err != nil {
		return nil, err
	}
	defer shard.Close()
	rows, err := shardRowsOf(shard)
	if err != nil {
		return nil, machine.Advise(err, removeShard)
	}
	from, err := inputsOf(r.Out, shard.Own, rows)
	if err != nil {
		return nil, nil // nothing is known to compare with
	}
	first, _ := r.span(s)
	for i := range rows {
		if rows[i].Status != outputs.StatusOK || !from[i].Known() {
			continue
		}
		now, err := look.Stat(first + i)
		if err != nil || now.Size == from[i].Size && now.Time == from[i].Time && now.Time != 0 {
			continue
		}
		if now, err = look.Input(ctx, first+i); err != nil {
			return nil, err
		}
		if now.Known() && now.SHA256 != from[i].SHA256 {
			names = append(names, rowkey.Of(rows[i].Image, rows[i].Object))
		}
	}
	return names, nil
}
