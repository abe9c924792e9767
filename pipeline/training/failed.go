package training

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fc7/internal/escape"
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

// sawClasses tells of classes of which no training image could be read, in a stage's first epoch. Where one class alone
// is left, there is nothing to tell it from, and no net learns anything: that is an error.
func (r *runner) sawClasses() error {
	if r.split.multi() || r.split.boxes != nil || len(r.p.Failed) == 0 {
		return nil
	}
	of, read := make([]int, len(r.split.classes)), make([]int, len(r.split.classes))
	for _, i := range r.split.train {
		of[r.split.class[i]]++
		if it := &r.set.Items[i]; r.p.Failed[rowkey.Of(it.ID, it.Object)] == "" {
			read[r.split.class[i]]++
		}
	}
	var seen []string
	for k, n := range of {
		switch {
		case read[k] > 0:
			seen = append(seen, escape.Name(r.split.classes[k]))
		case n > 0 && r.p.Epoch == 0:
			r.note(fmt.Sprintf("of class %s none of the %d training images could be read: the net does not learn it", escape.Name(r.split.classes[k]), n))
		}
	}
	if len(seen) > 1 {
		return nil
	}
	return fmt.Errorf("stage %d, epoch %d: of all training images those of %s alone could be read, and from one class nothing can be learnt",
		r.p.Stage+1, r.p.Epoch+1, strings.Join(seen, ", "))
}

// sawNothing is the error of an epoch in which no image could be read: its net has learnt nothing.
func (r *runner) sawNothing() error {
	return fmt.Errorf("stage %d, epoch %d: none of the %d training images could be read: %w", r.p.Stage+1, r.p.Epoch+1, len(r.feed.train), r.lastFailure())
}
