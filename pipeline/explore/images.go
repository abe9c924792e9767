package explore

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"fc7/extract/picture"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
	"fc7/pipeline/thumbs"
)

// openPictures finds the images of a run where its manifest says that they were, or in spec, a data set KIND:PATH; "":
// the manifest's.
func openPictures(ctx context.Context, run, spec string) (*thumbs.Images, error) {
	m, err := outputs.ReadManifest(table.RunFolder(run))
	if err != nil {
		return nil, err
	}
	im := thumbs.Open(ctx, m, spec)
	if im.Err == nil {
		return im, nil
	}
	where := "where its manifest says"
	if spec != "" {
		where = "where --data says"
	}
	return nil, fmt.Errorf("the images of %s are not %s (%s): name the data set as --data KIND:PATH: %w", run, where, im.Spec, im.Err)
}

// eachPicture gives the pictures of rows to use, several at once, and returns why rows have none, in the order of the
// rows; nil where there is one. done is told how many rows were looked at. The error is the machine's, or the
// context's.
func eachPicture(ctx context.Context, im *thumbs.Images, rows []string, threads int, use func(n int, p *picture.Image) error, done func(n int)) ([]error, error) {
	why := make([]error, len(rows))
	var mu sync.Mutex
	count := 0
	err := thumbs.Several(ctx, len(rows), threads, func(ctx context.Context, n int) error {
		err := im.Use(ctx, rows[n], func(p *picture.Image) error { return use(n, p) })
		if m := new(conveyor.MachineError); errors.As(err, &m) || ctx.Err() != nil {
			return err
		}
		why[n] = err
		mu.Lock()
		defer mu.Unlock()
		count++
		done(count)
		return nil
	})
	return why, err
}
