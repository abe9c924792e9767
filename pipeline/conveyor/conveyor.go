package conveyor

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/stream"

	"fc7/datasets"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/internal/budget"
	"fc7/outputs"
)

// Conveyor moves items through three stages: a few goroutines read and decode, one, or one a team of the processors,
// runs the net, or several in turn, on images of equal sizes together, one a net consumes the rows in the order of the
// items. What is between two stages is bounded, so memory does not grow with the data set.
type Conveyor struct {
	set    *datasets.Set
	places *datasets.Places
	d      *extract.Describer // whose views serve all lanes
	limits Options
	reader *Reader
	Total  int    // items of the run, for the progress; New: all of the set
	Events Events // as given to New, with calls kept apart; consumers tell through them too
	lanes  []*Lane
	began  time.Time
	stop   context.CancelCauseFunc

	reading atomic.Int64 // nanoseconds of all decoders
	scaled  atomic.Int64 // boxes that were drawn on pictures of other sizes than their images

	teams   int        // that run the nets
	handing sync.Mutex // of the team that gives rows to the writers

	mu    sync.Mutex
	state Progress
}

// Consumer is the last stage: it takes the rows in order until the channel is closed.
type Consumer interface {
	Consume(ctx context.Context, rows <-chan Numbered) error
}

// Numbered is a row and the item it belongs to.
type Numbered struct {
	Item int
	Row  outputs.Row
	From outputs.Input
	Told bool // its failure was another lane's too, which tells of it
}

// rowsWaiting bounds the rows between the net and the writer.
const rowsWaiting = 16

// New makes a conveyor for items of a set. The views that d prepares serve all lanes.
func New(set *datasets.Set, d *extract.Describer, o Options, ev Events) *Conveyor {
	o, ev = o.Complete(), ev.serial()
	if o.note == nil {
		o.note = ev.Note
	}
	return &Conveyor{
		set: set, places: set.Places(), d: d, limits: o, reader: NewReader(set, o), Total: len(set.Items), Events: ev, began: time.Now(),
	}
}

// Options are how images are read; the zero value is complete.
type Options struct {
	Decode    picture.DecodeOptions
	Threads   int            // of the net; 0: GOMAXPROCS
	Decoders  int            // images read and decoded at once; 0: as many as threads
	ImageTime time.Duration  // that the bytes of one image are waited for, before it is a *MachineError; 0: DefaultImageTime
	memory    *budget.Budget // that the images share which are decoded at once; nil: that of the process
	Patience  time.Duration  // with a machine that cannot read images, before it is a *MachineError; 0: DefaultPatience
	note      func(string)   // is told of long waits, from any goroutine; nil: the Events given to New, or nobody
}

// Telling is o whose long waits are told to note, from any goroutine.
func (o Options) Telling(note func(string)) Options {
	o.note = note
	return o
}

// Complete fills in the defaults.
func (o Options) Complete() Options {
	if o.Decoders < 1 {
		o.Decoders = max(2, o.Threads)
		if o.Threads == 0 {
			o.Decoders = max(2, runtime.GOMAXPROCS(0))
		}
	}
	if o.ImageTime <= 0 {
		o.ImageTime = DefaultImageTime
	}
	if o.memory == nil {
		o.memory = budget.Shared()
	}
	if o.Patience <= 0 {
		o.Patience = DefaultPatience
	}
	return o
}

// RunLanes moves the pending items of one net or several, each with items and a consumer of its own, to these and waits
// for all goroutines. An item is read and decoded once for all nets. It returns the first failure of the machinery; a
// bad image is none.
func (c *Conveyor) RunLanes(parent context.Context, lanes []*Lane) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	c.stop, c.lanes = cancel, lanes
	pending := union(lanes)
	earlier := c.Total - len(pending)
	c.state = Progress{Total: c.Total, Done: earlier, Earlier: earlier}
	c.teams = 1 + len(lanes[0].Beside)
	c.Events.TellProgress(c.Progress())

	var last conc.WaitGroup
	for _, l := range lanes {
		l.rows = make(chan Numbered, rowsWaiting)
		last.Go(func() {
			if err := l.To.Consume(ctx, l.rows); err != nil {
				cancel(err)
			}
		})
	}
	defer c.tellWaits(c.reader.memory.Waited())
	defer c.tellScaled()
	w := newWindow(c.teams)
	var net conc.WaitGroup
	for team := range c.teams {
		net.Go(func() { c.compute(ctx, w, team) })
	}
	s := stream.New().WithMaxGoroutines(c.limits.Decoders)
	for _, i := range pending {
		if ctx.Err() != nil {
			break
		}
		turn := c.reader.memory.Turn()
		s.Go(func() stream.Callback {
			p := c.prepare(ctx, i, turn)
			return func() {
				p.lanes = c.takers(i)
				w.put(p)
			}
		})
	}
	s.Wait()
	w.end()
	net.Wait()
	for _, l := range lanes {
		close(l.rows)
	}
	last.Wait()
	return context.Cause(ctx)
}

// prepare reads, decodes and scales one item, with memory of its turn.
func (c *Conveyor) prepare(ctx context.Context, i int, turn *budget.Turn) *prepared {
	p := &prepared{item: i, turn: turn}
	if p.err = ctx.Err(); p.err != nil {
		return p
	}
	began := time.Now()
	defer func() {
		turn.Keep(p.views.Bytes())
		c.reading.Add(int64(time.Since(began)))
	}()
	var im *picture.Image
	if im, p.info, p.from, p.err = c.reader.roomy(turn).pinned(c.set.Pin(i)).imageInput(ctx, &c.set.Items[i]); p.err != nil {
		return p
	}
	if c.set.Items[i].Box.Scaled(p.info.Width, p.info.Height) {
		c.scaled.Add(1)
	}
	p.views, p.err = c.d.Prepare(im)
	return p
}

// tellScaled notes the boxes that were not taken as they are written.
func (c *Conveyor) tellScaled() {
	if n := c.scaled.Load(); n > 0 {
		c.Events.TellNote(fmt.Sprintf("%d boxes were drawn on pictures of other sizes than their images have, and are scaled: fc7 dataset inspect names them", n))
	}
}

// Failure is the row of an item that failed; its reason does not depend on where the data set lies.
func (c *Conveyor) Failure(item int, row outputs.Row, err error) outputs.Row {
	row.Status, row.Error, row.Descriptors = outputs.StatusFailed, c.places.Text(c.set.Items[item].At.Path, err), nil
	return row
}

// RowOf is what the row of an item says that does not depend on its image.
func (c *Conveyor) RowOf(item int) outputs.Row {
	it := &c.set.Items[item]
	return outputs.Row{
		Image: it.ID, Object: it.Object, Path: c.path(it),
		Labels: it.Labels(), Ignored: it.Ignored(), None: it.None, Splits: it.Splits(), Status: outputs.StatusOK,
	}
}

// Progress is where the run stands.
func (c *Conveyor) Progress() Progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.state
	p.Times.Elapsed, p.Times.Reading = time.Since(c.began), time.Duration(c.reading.Load())
	return p
}

// Limits are those of the images, as manifests tell them.
func (c *Conveyor) Limits() outputs.Limits {
	return outputs.Limits{Pixels: c.limits.Decode.Resolved().MaxPixels}
}

// Timings are those of the run until now; p is the progress of the table that they are of.
func (c *Conveyor) Timings(p Progress) outputs.Timings {
	return outputs.Timings{
		Started: c.began.UTC(), Finished: time.Now().UTC(), Reading: time.Duration(c.reading.Load()).Seconds(),
		Waiting: p.Times.Waiting.Seconds(), Computing: p.Times.Computing.Seconds(), Writing: p.Times.Writing.Seconds(),
		Computed: p.Done - p.Earlier, Together: c.Progress().Batches.Mean(),
	}
}

// Reject tells of a row that its consumer turned into a failure.
func (c *Conveyor) Reject(row outputs.Row) {
	c.Events.TellWarning(row.Image, row.Error)
	c.mu.Lock()
	c.state.Failed++
	c.mu.Unlock()
}
