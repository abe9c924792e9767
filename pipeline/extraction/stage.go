package extraction

import (
	"context"
	"errors"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/table"
)

// tableStage is the last stage of an extraction's conveyor: it puts the rows into their table.
type tableStage struct {
	c    *conveyor.Conveyor
	to   *table.Writer
	base int // the item of the table that is the conveyor's first
}

// stageOf makes the last stage for a table.
func stageOf(r *table.Run, c *conveyor.Conveyor, base int) *tableStage {
	rowOf := func(item int) outputs.Row { return c.RowOf(item - base) }
	return &tableStage{c, r.Writer(rowOf, func(file string, rows int) {
		c.Events.TellShard(conveyor.ShardDone{Out: r.Out, File: file, Rows: rows})
	}), base}
}

// Consume implements conveyor.Consumer.
func (w *tableStage) Consume(ctx context.Context, rows <-chan conveyor.Numbered) (err error) {
	defer func() { err = errors.Join(err, w.to.Abort()) }()
	for n := range rows {
		if ctx.Err() != nil {
			return nil
		}
		if n.Row.Status == outputs.StatusFailed && !n.Told {
			w.c.Events.TellWarning(n.Row.Image, n.Row.Error)
		}
		if err := w.put(ctx, n); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // not all rows came
	}
	return w.to.Rest(ctx)
}

// put writes a row; one that the table cannot hold becomes a failed row in its place.
func (w *tableStage) put(ctx context.Context, n conveyor.Numbered) error {
	err := w.to.Put(ctx, w.base+n.Item, n.Row, n.From)
	var refused *table.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	row := w.c.Failure(n.Item, n.Row, refused.Err)
	w.c.Reject(row)
	return w.to.Put(ctx, w.base+n.Item, row, n.From)
}
