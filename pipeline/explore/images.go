package explore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"fc7/extract/picture"
	"fc7/internal/escape"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
	"fc7/pipeline/thumbs"
)

// openPictures finds the images of a run as thumbs.Open does, and says to its user why they are not there.
func openPictures(ctx context.Context, run, spec string) (*thumbs.Images, error) {
	m, err := outputs.ReadManifest(table.RunFolder(run))
	if err != nil {
		return nil, err
	}
	const gone = "the images of %s are not where %s says (%s): name the data set as --data KIND:PATH: %w"
	im, err := thumbs.Open(ctx, m, spec)
	switch {
	case err != nil && ctx.Err() == nil && spec != "":
		err = fmt.Errorf(gone, run, "--data", spec, err)
	case err == nil && im.Err != nil:
		im.Err = fmt.Errorf(gone, run, "its manifest", im.Spec, im.Err)
	}
	return im, err
}

// lookAt makes sure, before the work, that the data set that a user named for the images is there and has some of them,
// also where none is to be read; "" always does.
func (o *opened) lookAt(ctx context.Context, run, spec string) error {
	if spec == "" {
		return nil
	}
	im, err := openPictures(ctx, run, spec)
	if err == nil && len(o.present) > 0 && !slices.ContainsFunc(o.present, func(i int) bool { return im.Has(o.IDs[i]) }) {
		err = fmt.Errorf("--data %s has none of the images of %s, such as %s: name the data set that the run is of, where it is now",
			escape.Name(spec), run, escape.Name(o.IDs[o.present[0]]))
	}
	return err
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
