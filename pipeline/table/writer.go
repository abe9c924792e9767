package table

import "fc7/outputs"

// Writer writes the rows of items to their shards.
type Writer struct {
	r     *Run
	done  func(file string, rows int)
	shard *outputs.ShardWriter
	index int

	better map[int]outputs.Row // of the finished shard whose failed rows are tried again
}

// Writer is what the rows of the run's pending items are put into, in the order of the items; done is told of each
// shard that then stands under its final name. It is to be aborted in the end.
func (r *Run) Writer(done func(file string, rows int)) *Writer { return &Writer{r: r, done: done} }

// RefusedError is a row that the table cannot hold; a failed row may take its place.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// Abort removes a shard that is not complete.
func (w *Writer) Abort() error {
	if w.shard == nil {
		return nil
	}
	return w.shard.Abort()
}

// Put writes the row of an item. A *RefusedError leaves the table as it was.
func (w *Writer) Put(item int, row outputs.Row) error {
	r := w.r
	if r.done[item/r.Rows] {
		return w.again(item, row)
	}
	if w.shard == nil {
		w.index = item / r.Rows
		s, err := outputs.CreateShard(r.features, w.index, r.count, r.Columns, r.Identity)
		if err != nil {
			return err
		}
		w.shard = s
	}
	before := w.shard.Rows()
	if err := w.shard.Write(row); err != nil {
		if row.Status == outputs.StatusFailed || w.shard.Rows() != before {
			return err
		}
		return &RefusedError{err}
	}
	if item+1 < min((w.index+1)*r.Rows, r.Items) {
		return nil
	}
	s := w.shard
	w.shard = nil
	if err := s.Close(); err != nil {
		return err
	}
	r.done[w.index] = true
	w.shardDone(w.index)
	return nil
}

func (w *Writer) shardDone(s int) {
	w.r.changed[s] = true
	first, end := w.r.span(s)
	w.done(outputs.ShardName(s, w.r.count), end-first)
}
