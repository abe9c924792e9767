package pipeline

import (
	"context"
	"errors"

	"fc7/outputs"
)

// tableWriter is the consumer of an extraction: it writes rows to their shards.
type tableWriter struct {
	c     *conveyor
	r     *run
	shard *outputs.ShardWriter
	index int

	better map[int]outputs.Row // of the finished shard whose failed rows are tried again
}

func (w *tableWriter) consume(ctx context.Context, rows <-chan numbered) (err error) {
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

func (w *tableWriter) write(n numbered) error {
	r := w.r
	if r.done[n.item/r.rows] {
		return w.again(n)
	}
	if w.shard == nil {
		w.index = n.item / r.rows
		s, err := outputs.CreateShard(r.features, w.index, r.count, r.columns, r.id)
		if err != nil {
			return err
		}
		w.shard = s
	}
	if err := w.put(n); err != nil {
		return err
	}
	if n.item+1 < min((w.index+1)*r.rows, r.items) {
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

func (w *tableWriter) shardDone(s int) {
	w.r.changed[s] = true
	first, end := w.r.span(s)
	w.c.ev.shard(ShardDone{Out: w.r.out, File: outputs.ShardName(s, w.r.count), Rows: end - first})
}

// put writes a row; one that the table cannot hold becomes a failed row in its place.
func (w *tableWriter) put(n numbered) error {
	if n.row.Status == outputs.StatusFailed && !n.told {
		w.c.ev.warn(n.row.Image, n.row.Error)
	}
	before := w.shard.Rows()
	err := w.shard.Write(n.row)
	if err == nil || n.row.Status == outputs.StatusFailed || w.shard.Rows() != before {
		return err
	}
	row := tableRow{n.row}
	row.fail(err, w.c.set.Root)
	if again := w.shard.Write(row.Row); again != nil {
		return again
	}
	w.c.ev.warn(row.Image, row.Error)
	w.c.mu.Lock()
	w.c.state.Failed++
	w.c.mu.Unlock()
	return nil
}
