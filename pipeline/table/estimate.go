package table

import (
	"context"
	"os"

	"fc7/internal/forecast"
	"fc7/outputs"
)

// EstimateMerge tells what Merge would do, from a few files that are checked.
func EstimateMerge(ctx context.Context, j MergeJob) (*forecast.Forecast, error) {
	m := &merger{MergeJob: j}
	paths, err := m.paths()
	if err != nil {
		return nil, err
	}
	f := forecast.New(j.Out)
	var bytes int64
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			bytes += info.Size()
		}
	}
	f.Read("files of tables", len(paths), bytes)
	step := forecast.Step{What: "check", Units: len(paths), Unit: "files"}
	err = f.Measure(ctx, step, func(ctx context.Context, n int) error {
		for _, k := range forecast.Evenly(n, len(paths)) {
			if _, err := outputs.CheckShard(paths[k], nil); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if j.Copy {
		f.Write("copies in "+j.Out, len(paths), bytes)
		f.Note("the time of copying is not in it")
	} else {
		f.Write("links in "+j.Out+", or copies where the file system cannot", len(paths), 0)
	}
	return f, nil
}
