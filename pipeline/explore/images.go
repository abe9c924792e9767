package explore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/internal/rowkey"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
)

// pictures are those of a table's rows, where their files still are.
type pictures struct {
	spec   string
	items  map[string]*datasets.Item // by the row's name
	reader *conveyor.Reader
}

// patience is with a machine that cannot read images: shorter than where a run would be lost.
const patience = time.Second

// openPictures finds the images of a run where its manifest says that they were, or in spec, a data set KIND:PATH; "":
// the manifest's.
func openPictures(ctx context.Context, run, spec string) (*pictures, error) {
	m, err := outputs.ReadManifest(run)
	if err != nil {
		return nil, err
	}
	where := "where its manifest says"
	if spec == "" {
		spec = m.DataSet
	} else {
		where = "where --data says"
	}
	o := datasets.Options{Stdin: strings.NewReader("")} // a list that was piped in is gone
	if datasets.HasColumns(spec) {
		o.LabelColumn = datasets.NoColumn // which may have been named
	}
	if m.Identity.Inputs.Boxes > 0 {
		o.Objects = datasets.ObjectsBox
	}
	set, err := datasets.Open(ctx, spec, o)
	if err != nil {
		return nil, fmt.Errorf("the images of %s are not %s (%s): name the data set as --data KIND:PATH: %w", run, where, spec, err)
	}
	im := &pictures{spec: spec, items: map[string]*datasets.Item{}, reader: conveyor.NewReader(set, conveyor.Options{Patience: patience})}
	for i := range set.Items {
		it := &set.Items[i]
		if _, ok := im.items[it.ID]; !ok {
			all := *it
			all.Box, all.Object = nil, 0
			im.items[it.ID] = &all
		}
		im.items[rowkey.Of(it.ID, it.Object)] = it
	}
	return im, nil
}

// use gives the picture of a row, cropped to its box, by the row's name. A picture that cannot be had is an error, one
// that is a *conveyor.MachineError of the machine.
func (im *pictures) use(ctx context.Context, row string, do func(*picture.Image) error) error {
	it, ok := im.items[row]
	if !ok {
		return fmt.Errorf("%s is not in %s any more", row, im.spec)
	}
	return im.reader.Use(ctx, it, do)
}

// each gives the pictures of rows to use, several at once, and returns why rows have none, in the order of the rows;
// nil where there is one. done is told how many rows were looked at. The error is the machine's, or the context's.
func (im *pictures) each(parent context.Context, rows []string, threads int, use func(n int, p *picture.Image) error, done func(n int)) ([]error, error) {
	ctx, stop := context.WithCancelCause(parent)
	defer stop(nil)
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	why := make([]error, len(rows))
	var mu sync.Mutex
	count := 0
	work := pool.New().WithMaxGoroutines(threads)
	for n, row := range rows {
		if ctx.Err() != nil {
			break
		}
		work.Go(func() {
			err := im.use(ctx, row, func(p *picture.Image) error { return use(n, p) })
			if m := new(conveyor.MachineError); errors.As(err, &m) || ctx.Err() != nil {
				stop(err)
				return
			}
			why[n] = err
			mu.Lock()
			defer mu.Unlock()
			count++
			done(count)
		})
	}
	work.Wait()
	return why, context.Cause(ctx)
}
