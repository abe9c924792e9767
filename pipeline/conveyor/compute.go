package conveyor

import (
	"context"
	"errors"
	"slices"
	"time"

	"fc7/extract"
	"fc7/extract/picture"
	"fc7/internal/budget"
	"fc7/internal/teams"
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
	taken bool          // by a team
	done  bool
	bytes int64 // that it holds
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

// portion is the part that an item has of those that are best computed at once, in all lanes; one with an error is
// alone.
func (c *Conveyor) portion(p *prepared) float64 {
	if p.err != nil {
		return 1
	}
	n := 1. / teams.Batch
	for _, l := range p.lanes {
		n = max(n, l.Describer.Portion(p.views))
	}
	return n
}

// compute makes the rows of items in the window, as one of the teams, and hands on what is next in the order of the
// items.
func (c *Conveyor) compute(ctx context.Context, w *window, team int) {
	defer w.leave()
	left := time.Now()
	for batch := w.take(c.portion); batch != nil; batch = w.take(c.portion) {
		began := time.Now()
		if ctx.Err() == nil {
			c.describe(ctx, batch, team)
		}
		c.spent(began.Sub(left), time.Since(began))
		for _, p := range batch {
			p.release()
		}
		w.settle(batch)
		c.handOn(ctx, w)
		left = time.Now()
	}
}

// handOn gives the writers what is next, one team at a time: who comes later finds what came meanwhile.
func (c *Conveyor) handOn(ctx context.Context, w *window) {
	began := time.Now()
	c.handing.Lock()
	defer c.handing.Unlock()
	for p := w.next(); p != nil; p = w.next() {
		if c.hand(ctx, p) {
			c.count(time.Since(began), p.failed())
			began = time.Now()
		}
	}
}

// describe makes the rows of items, one lane after the other; an item with an error is alone. Where the machine is to
// blame, the run is over.
func (c *Conveyor) describe(ctx context.Context, batch []*prepared, team int) {
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
		for i, d := range l.describer(team).DescribeAll(ctx, views) {
			p := mine[i]
			row := c.rowOf(p)
			row.Descriptors = d.Columns
			if d.Err != nil {
				row = c.Failure(p.item, row, d.Err)
			}
			p.rows = append(p.rows, row)
		}
		c.passed(l, len(mine), time.Since(start))
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

// share is a team's part of a time of all.
func (c *Conveyor) share(d time.Duration) time.Duration { return d / time.Duration(max(1, c.teams)) }

// spent notes how a team spent its time until its items were described.
func (c *Conveyor) spent(waiting, computing time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Times.Waiting += c.share(waiting)
	c.state.Times.Computing += c.share(computing)
}

// count notes that an item was handed on after a team had waited for that, and tells the progress.
func (c *Conveyor) count(writing time.Duration, failed bool) {
	c.mu.Lock()
	c.state.Times.Writing += c.share(writing)
	c.state.Done++
	if failed {
		c.state.Failed++
	}
	c.mu.Unlock()
	c.Events.TellProgress(c.Progress())
}

// passed notes that so many images went through a lane's net together.
func (c *Conveyor) passed(l *Lane, images int, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.Computing += c.share(took)
	c.state.Batches.Batches++
	c.state.Batches.Images += images
	c.state.Batches.Largest = max(c.state.Batches.Largest, images)
}

// Spent is for how long a lane's net has computed until now.
func (c *Conveyor) Spent(l *Lane) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return l.Computing
}
