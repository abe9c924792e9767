package table

import (
	"context"
	"fmt"
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
// inputs tells of, and images that are gone, are passed over. Images that were replaced are a *MismatchError; of those
// that failed and whose file is another now a note is made, unless they are tried again.
func (r *Run) checkImages(ctx context.Context, look Look) error {
	replaced, mended := make([][]string, r.end), make([][]string, r.end) // of each shard, the keys of their rows
	p := pool.New().WithMaxGoroutines(2 * runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for s := r.first; s < r.end; s++ {
		if !r.done[s] {
			continue
		}
		p.Go(func(ctx context.Context) (err error) {
			if ctx.Err() == nil {
				replaced[s], mended[s], err = r.replacedIn(ctx, s, look)
			}
			return err
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	if names := slices.Concat(mended...); len(names) > 0 && !r.Raise && r.Note != nil {
		r.Note(fmt.Sprintf("of the images that failed, %d have a file of another size or time now, which --retry-failed reads: %s", len(names), few.Names(names)))
	}
	names := slices.Concat(replaced...)
	if len(names) == 0 {
		return ctx.Err()
	}
	return &MismatchError{Out: r.Out, Differences: []string{fmt.Sprintf("images: %d have other bytes than those that their rows were computed from: %s", len(names), few.Names(names))}, Updatable: true}
}

// replacedIn names the rows of a shard whose images were replaced, and the failed ones whose file is another.
func (r *Run) replacedIn(ctx context.Context, s int, look Look) (names, mended []string, err error) {
	shard, err := outputs.OpenShard(r.shardPath(s))
	if err != nil {
		return nil, nil, err
	}
	defer shard.Close()
	rows, err := shardRowsOf(shard)
	if err != nil {
		return nil, nil, machine.Advise(err, removeShard)
	}
	from, err := inputsOf(r.Out, shard.Own, rows)
	if isDisk(err) {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, nil // nothing is known to compare with; of damage look told
	}
	first, _ := r.span(s)
	for i := range rows {
		name := rowkey.Of(rows[i].Image, rows[i].Object)
		now, err := look.Stat(first + i)
		switch failed := rows[i].Status != outputs.StatusOK; {
		case err != nil || !failed && !from[i].Known():
			continue
		case failed && surelyOther(now, from[i].Input):
			mended = append(mended, name)
			continue
		case failed || now.Size == from[i].Size && now.Time == from[i].Time && now.Time != 0:
			continue
		}
		if now, err = look.Input(ctx, first+i); err != nil {
			return nil, nil, err
		}
		if now.Known() && now.SHA256 != from[i].SHA256 {
			names = append(names, name)
		}
	}
	return names, mended, nil
}

// surelyOther tells whether a file changed since it was looked at, as far as that is known.
func surelyOther(now, then outputs.Input) bool {
	return now.Size != then.Size || now.Time != then.Time && now.Time != 0 && then.Time != 0
}
