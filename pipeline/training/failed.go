package training

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fc7/internal/rowkey"
	"fc7/pipeline/conveyor"
)

// failed takes in images that could not be read: each is told once, whichever epoch, validation or computing of views
// comes to it, before and after a resume.
func (r *runner) failed(fs []failure) {
	for _, f := range fs {
		it := &r.set.Items[f.item]
		key := rowkey.Of(it.ID, it.Object)
		r.lastFailed = f.err
		if _, told := r.p.Failed[key]; told {
			continue
		}
		if r.p.Failed == nil {
			r.p.Failed = map[string]string{}
		}
		r.p.Failed[key] = r.reason(f)
		r.note("left out: " + r.p.Failed[key])
	}
}

// reason is why an image could not be read, wherever the data set lies.
func (r *runner) reason(f failure) string {
	return r.set.Places().Text(r.set.Items[f.item].At.Path, f.err)
}

// ends tells whether the error of reading an image ends the run: it is the machine's, or the context's.
func ends(ctx context.Context, err error) bool {
	m := new(conveyor.MachineError)
	return err != nil && (ctx.Err() != nil || errors.As(err, &m))
}

// failures are the images that could not be read, in the order of their names.
func (r *runner) failures() []string {
	var names []string
	for key := range r.p.Failed {
		names = append(names, key)
	}
	slices.Sort(names)
	return names
}

// lastFailure is why an image, the last one that failed, could not be read.
func (r *runner) lastFailure() error {
	if r.lastFailed == nil {
		return errors.New("there is none")
	}
	return r.lastFailed
}

// sawNothing is the error of an epoch in which no image could be read: its net has learnt nothing.
func (r *runner) sawNothing() error {
	return fmt.Errorf("stage %d, epoch %d: none of the %d training images could be read: %w", r.p.Stage+1, r.p.Epoch+1, len(r.feed.train), r.lastFailure())
}
