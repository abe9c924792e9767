package table

import (
	"context"
	"errors"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
)

// writer is the consumer of an extraction: it writes rows to their shards.
type writer struct {
	c     *conveyor.Conveyor
	r     *Run
	shard *outputs.ShardWriter
	index int

	better map[int]outputs.Row // of the finished shard whose failed rows are tried again
}

// Writer is the consumer that writes the rows of a conveyor to their shards.
func (r *Run) Writer(c *conveyor.Conveyor) conveyor.Consumer { return &writer{c: c, r: r} }

func (w *writer) Consume(ctx context.Context, rows <-chan conveyor.Numbered) (err error) {
	defer func() {
		if w.shard != nil {
			err = errors.Join(err, w.shard.Abort())
		}
	}()
	for n := range rows {
		if ctx.Err() != nil {
			return nil
		}
		if err := w.write(n); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) write(n conveyor.Numbered) error {
	r := w.r
	if r.done[n.Item/r.Rows] {
		return w.again(n)
	}
	if w.shard == nil {
		w.index = n.Item / r.Rows
		s, err := outputs.CreateShard(r.features, w.index, r.count, r.Columns, r.Identity)
		if err != nil {
			return err
		}
		w.shard = s
	}
	if err := w.put(n); err != nil {
		return err
	}
	if n.Item+1 < min((w.index+1)*r.Rows, r.Items) {
		return nil
	}
	s := w.shard
	w.shard = nil
	if err := s.Close(); err != nil {
		return err
	}
	w.r.done[w.index] = true
	w.shardDone(w.index)
	return nil
}

func (w *writer) shardDone(s int) {
	w.r.changed[s] = true
	first, end := w.r.span(s)
	w.c.Events.TellShard(conveyor.ShardDone{Out: w.r.Out, File: outputs.ShardName(s, w.r.count), Rows: end - first})
}

// put writes a row; one that the table cannot hold becomes a failed row in its place.
func (w *writer) put(n conveyor.Numbered) error {
	if n.Row.Status == outputs.StatusFailed && !n.Told {
		w.c.Events.TellWarning(n.Row.Image, n.Row.Error)
	}
	before := w.shard.Rows()
	err := w.shard.Write(n.Row)
	if err == nil || n.Row.Status == outputs.StatusFailed || w.shard.Rows() != before {
		return err
	}
	row := w.c.Failure(n.Row, err)
	if again := w.shard.Write(row); again != nil {
		return again
	}
	w.c.Reject(row)
	return nil
}
