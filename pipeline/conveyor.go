package pipeline

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/stream"

	"fc7/datasets"
	"fc7/extract"
	"fc7/outputs"
)

// conveyor moves items through three stages: a few goroutines read and decode, one runs
// the net, or several in turn, in the order of the items, one a net consumes the rows. What
// is between two stages is bounded, so memory does not grow with the data set.
type conveyor struct {
	set    *datasets.Set
	d      *extract.Describer // whose views serve all lanes
	limits conveyorOptions
	total  int // items of the run, for the progress
	ev     Events
	lanes  []*lane
	began  time.Time
	stop   context.CancelCauseFunc

	reading atomic.Int64 // nanoseconds of all decoders

	mu       sync.Mutex
	state    Progress
	lastTime time.Time // when the net's stage was last left
}

// consumer is the last stage: it takes the rows in order until the channel is closed.
type consumer interface {
	consume(ctx context.Context, rows <-chan numbered) error
}

// numbered is a row and the item it belongs to.
type numbered struct {
	item int
	row  outputs.Row
	told bool // its failure was another lane's too, which tells of it
}

// prepared is an item whose views are ready, or why they are not.
type prepared struct {
	item  int
	info  extract.Info
	views *extract.Views
	err   error
}

// rowsWaiting bounds the rows between the net and the writer.
const rowsWaiting = 16

func newConveyor(set *datasets.Set, d *extract.Describer, o conveyorOptions, ev Events) *conveyor {
	if o.decoders < 1 {
		o.decoders = max(2, o.threads)
		if o.threads == 0 {
			o.decoders = max(2, runtime.GOMAXPROCS(0))
		}
	}
	if o.imageTime <= 0 {
		o.imageTime = DefaultImageTime
	}
	return &conveyor{
		set: set, d: d, limits: o, total: len(set.Items), ev: ev.serial(),
		began: time.Now(),
	}
}

type conveyorOptions struct {
	decode            extract.DecodeOptions
	threads, decoders int
	imageTime         time.Duration
}

// run moves the pending items to the consumer and waits for all goroutines. It returns
// the first failure of the machinery; a bad image is none.
func (c *conveyor) run(parent context.Context, pending []int, to consumer) error {
	return c.runLanes(parent, []*lane{{d: c.d, pending: pending, to: to}})
}

// runLanes is run with several nets, each with items and a consumer of its own. An item is
// read and decoded once for all of them.
func (c *conveyor) runLanes(parent context.Context, lanes []*lane) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	c.stop, c.lanes = cancel, lanes
	pending := union(lanes)
	earlier := c.total - len(pending)
	c.state = Progress{Total: c.total, Done: earlier, Earlier: earlier}
	c.lastTime = time.Now()
	c.ev.progress(c.progress())

	var last conc.WaitGroup
	for _, l := range lanes {
		l.rows = make(chan numbered, rowsWaiting)
		last.Go(func() {
			if err := l.to.consume(ctx, l.rows); err != nil {
				cancel(err)
			}
		})
	}
	s := stream.New().WithMaxGoroutines(c.limits.decoders)
	for _, i := range pending {
		if ctx.Err() != nil {
			break
		}
		s.Go(func() stream.Callback {
			p := c.prepare(ctx, i)
			return func() { c.compute(ctx, p) }
		})
	}
	s.Wait()
	for _, l := range lanes {
		close(l.rows)
	}
	last.Wait()
	return context.Cause(ctx)
}

// prepare reads, decodes and scales one item.
func (c *conveyor) prepare(ctx context.Context, i int) prepared {
	p := prepared{item: i}
	if ctx.Err() != nil {
		return p
	}
	began := time.Now()
	defer func() { c.reading.Add(int64(time.Since(began))) }()
	f, err := c.set.Items[i].At.Open()
	if err != nil {
		p.err = err
		return p
	}
	o := c.limits.decode
	o.Poll = newTimeLimit(ctx, c.limits.imageTime).poll
	im, info, err := extract.Decode(f, o)
	p.info = info
	if err = errors.Join(err, f.Close()); err != nil {
		p.err = err
		return p
	}
	if b := c.set.Items[i].Box; b != nil { // 1-based, both corners inside
		if im, p.err = extract.Crop(im, b.XMin-1, b.YMin-1, b.XMax, b.YMax); p.err != nil {
			return p
		}
	}
	p.views, p.err = c.d.Prepare(im)
	return p
}

// compute makes the rows of a prepared item, one lane after the other, and hands them to
// the writers.
func (c *conveyor) compute(ctx context.Context, p prepared) {
	defer p.views.Release()
	if ctx.Err() != nil {
		return
	}
	t := stageTimes{start: time.Now()}
	failed, told := false, false
	for _, l := range c.lanes {
		if !l.takes(p.item) {
			continue
		}
		start := time.Now()
		row, ok := c.describe(ctx, l, p)
		if !ok {
			return
		}
		end := time.Now()
		select {
		case l.rows <- numbered{p.item, row.Row, told}:
		case <-ctx.Done():
			return
		}
		l.computing += end.Sub(start)
		t.computing += end.Sub(start)
		t.writing += time.Since(end)
		failed = failed || row.Status == outputs.StatusFailed
		told = p.err != nil
	}
	c.count(t, failed)
}

// describe makes the row of a prepared item for one lane; not ok means that the run is over.
func (c *conveyor) describe(ctx context.Context, l *lane, p prepared) (_ tableRow, ok bool) {
	row := c.row(p)
	if p.err == nil {
		row.Descriptors, p.err = l.d.Describe(ctx, p.views)
	}
	if ctx.Err() != nil {
		return row, false // cut short, not failed
	}
	if err := trouble(p.err, c.set, &c.set.Items[p.item]); err != nil {
		c.stop(err)
		return row, false
	}
	if p.err != nil {
		row.fail(p.err, c.set.Root)
	}
	return row, true
}

// tableRow is a row that can fail.
type tableRow struct{ outputs.Row }

// fail makes the row that of a failure; root is taken out of the reason, so that it does
// not depend on where a data set lies.
func (r *tableRow) fail(err error, root string) {
	reason := err.Error()
	if root != "" {
		reason = strings.ReplaceAll(reason, root+string(filepath.Separator), "")
	}
	r.Status, r.Error, r.Descriptors = outputs.StatusFailed, outputs.Escape(reason), nil
}

func (c *conveyor) row(p prepared) tableRow {
	it := &c.set.Items[p.item]
	return tableRow{outputs.Row{
		Image: it.ID, Object: it.Object, Path: c.path(it), Width: p.info.Width, Height: p.info.Height,
		Labels: it.Labels, Ignored: it.Ignored, Splits: it.Splits, Status: outputs.StatusOK,
	}}
}

// stageTimes is how the net's stage spent its time on one item.
type stageTimes struct {
	start              time.Time
	computing, writing time.Duration
}

// count notes what the net's stage did and tells the progress.
func (c *conveyor) count(s stageTimes, failed bool) {
	now := time.Now()
	c.mu.Lock()
	t := &c.state.Times
	t.Waiting += s.start.Sub(c.lastTime)
	t.Computing += s.computing
	t.Writing += s.writing
	c.lastTime = now
	c.state.Done++
	if failed {
		c.state.Failed++
	}
	c.mu.Unlock()
	c.ev.progress(c.progress())
}

func (c *conveyor) progress() Progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.state
	p.Times.Elapsed = time.Since(c.began)
	return p
}
