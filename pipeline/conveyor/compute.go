package conveyor

import (
	"context"
	"errors"
	"slices"
	"time"

	"fc7/extract"
	"fc7/extract/picture"
	"fc7/internal/budget"
	"fc7/outputs"
)

// prepared is an item whose views are ready, or why they are not; then its rows.
type prepared struct {
	item  int
	info  picture.Info
	from  outputs.Input
	views *extract.Views
	err   error
	turn  *budget.Turn
	lanes []*Lane // that are to describe it

	rows  []outputs.Row // one a lane
	done  bool
	bytes int64 // that it holds
}

// like tells that two items can go through a net together.
func (p *prepared) like(o *prepared) bool {
	return p.err == nil && o.err == nil && p.views.Alike(o.views)
}

// release gives back the memory of the views.
func (p *prepared) release() {
	p.views.Release()
	p.turn.Release()
}

// rowBytes is the memory of the descriptors.
func (p *prepared) rowBytes() (n int64) {
	for i := range p.rows {
		for _, d := range p.rows[i].Descriptors {
			n += int64(4 * len(d))
		}
	}
	return n
}

// takers lists the lanes that have to describe an item; items come in ascending order.
func (c *Conveyor) takers(item int) (to []*Lane) {
	for _, l := range c.lanes {
		if l.takes(item) {
			to = append(to, l)
		}
	}
	return to
}

// together is how many items like p are best computed at once, in all lanes.
func (c *Conveyor) together(p *prepared) int {
	n := windowImages
	for _, l := range p.lanes {
		if p.err == nil {
			n = min(n, l.Describer.Together(p.views))
		}
	}
	return n
}

// compute makes the rows of the items in the window, and hands them to the writers in the order of the items.
func (c *Conveyor) compute(ctx context.Context, w *window) {
	defer w.leave()
	for batch := w.take(c.together); batch != nil; batch = w.take(c.together) {
		t := stageTimes{start: time.Now()}
		if ctx.Err() == nil {
			c.describe(ctx, batch)
		}
		t.computing = time.Since(t.start)
		for _, p := range batch {
			p.release()
		}
		w.settle(batch)
		for p := w.next(); p != nil; p = w.next() {
			began := time.Now()
			if !c.hand(ctx, p) {
				continue
			}
			t.writing = time.Since(began)
			c.count(t, p.failed())
			t = stageTimes{start: time.Now()}
		}
	}
}

// describe makes the rows of items that are alike, one lane after the other; an item with an error is alone. Where the
// machine is to blame, the run is over.
func (c *Conveyor) describe(ctx context.Context, batch []*prepared) {
	if m := new(MachineError); errors.As(batch[0].err, &m) {
		c.stop(m)
		return
	}
	for _, l := range c.lanes {
		start := time.Now()
		var mine []*prepared
		var views []*extract.Views
		for _, p := range batch {
			if slices.Contains(p.lanes, l) {
				mine, views = append(mine, p), append(views, p.views)
			}
		}
		switch {
		case len(mine) == 0:
			continue
		case batch[0].err != nil:
			mine[0].rows = append(mine[0].rows, c.Failure(mine[0].item, c.rowOf(mine[0]), mine[0].err))
			continue
		}
		for i, d := range l.Describer.DescribeAll(ctx, views) {
			p := mine[i]
			row := c.rowOf(p)
			row.Descriptors = d.Columns
			if d.Err != nil {
				row = c.Failure(p.item, row, d.Err)
			}
			p.rows = append(p.rows, row)
		}
		c.passed(len(mine))
		l.Computing += time.Since(start)
	}
}

// rowOf is the row of a prepared item without descriptors.
func (c *Conveyor) rowOf(p *prepared) outputs.Row {
	row := c.RowOf(p.item)
	row.Width, row.Height = p.info.Width, p.info.Height
	return row
}

// hand gives the rows of an item to the writers of its lanes; not when the run is over: rows may be cut short then, and
// are computed again.
func (c *Conveyor) hand(ctx context.Context, p *prepared) bool {
	for i, row := range p.rows {
		if ctx.Err() != nil {
			return false
		}
		select {
		case p.lanes[i].rows <- Numbered{p.item, row, p.from, i > 0 && p.err != nil}:
		case <-ctx.Done():
			return false
		}
	}
	return len(p.rows) > 0
}

// failed tells whether a row of the item failed.
func (p *prepared) failed() bool {
	return slices.ContainsFunc(p.rows, func(r outputs.Row) bool { return r.Status == outputs.StatusFailed })
}

// stageTimes is how the net's stage spent its time until it handed an item on.
type stageTimes struct {
	start              time.Time
	computing, writing time.Duration
}

// count notes what the net's stage did for an item and tells the progress.
func (c *Conveyor) count(s stageTimes, failed bool) {
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
	c.Events.TellProgress(c.Progress())
}

// passed notes that so many images went through a net together.
func (c *Conveyor) passed(images int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Batches.Batches++
	c.state.Batches.Images += images
	c.state.Batches.Largest = max(c.state.Batches.Largest, images)
}
