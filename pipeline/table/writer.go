package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"fc7/outputs"
)

// Writer writes the rows of items to their shards.
type Writer struct {
	r     *Run
	done  func(file string, rows int)
	rowOf func(item int) outputs.Row
	shard *outputs.ShardWriter
	index int
	from  []outputs.RowInput // of the rows of the open shard
	next  int                // item, of a table with kept rows

	counts  outputs.File // of the failed rows of the open shard
	others  bool         // the shard was made by another process meanwhile
	segment *segment     // of the open shard ; nil: no rows are kept before it is done

	better map[int]answer // of the finished shard whose failed rows are tried again
}

// answer is a row and what it was computed from.
type answer struct {
	row  outputs.Row
	from outputs.Input
}

// Writer is what the rows of the run's pending items are put into, in the order of the items; done is told of each
// shard that then stands under its final name. rowOf gives what of an item's row does not depend on its image, for rows
// that an update keeps. The Writer is to be completed with Rest, and aborted in the end.
func (r *Run) Writer(rowOf func(item int) outputs.Row, done func(file string, rows int)) *Writer {
	w := &Writer{r: r, done: done, rowOf: rowOf, next: r.first * r.Rows}
	if r.keeping != nil {
		w.segment = &segment{r: r}
	}
	return w
}

// RefusedError is a row that the table cannot hold; a failed row may take its place.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// Abort removes a shard that is not complete; its rows are kept, where that is done.
func (w *Writer) Abort() error {
	w.segment.end(w.index) // also where the shard was complete, and could not be put in its place
	if w.shard == nil {
		return nil
	}
	return w.shard.Abort()
}

// Put writes the row of an item, after the kept rows before it. A *RefusedError leaves the table without the row.
func (w *Writer) Put(ctx context.Context, item int, row outputs.Row, from outputs.Input) error {
	if w.r.done[item/w.r.Rows] {
		return w.again(item, row, from)
	}
	if err := w.keep(ctx, item); err != nil {
		return err
	}
	last := w.isLast(item)
	if err := w.put(item, row, from); err != nil {
		return err
	}
	w.r.answeredAgain(item, row)
	if !last && !w.others && !w.r.standsOld(item) {
		w.segment.put(item/w.r.Rows, item%w.r.Rows, row, from)
	}
	return nil
}

// isLast tells whether an item is the last of its shard.
func (w *Writer) isLast(item int) bool {
	_, end := w.r.span(item / w.r.Rows)
	return item+1 == end
}

// Rest writes the kept rows that are left when all others are put.
func (w *Writer) Rest(ctx context.Context) error {
	return w.keep(ctx, min(w.r.end*w.r.Rows, w.r.Items))
}

// keep writes the kept rows before an item.
func (w *Writer) keep(ctx context.Context, before int) error {
	if w.r.update == nil && w.r.keeping == nil {
		return nil
	}
	for w.next < before {
		if w.r.done[w.next/w.r.Rows] {
			_, w.next = w.r.span(w.next / w.r.Rows)
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		row, from, err := w.r.keptRow(w.next)
		if err != nil {
			return err
		}
		now := w.rowOf(w.next)
		now.Status, now.Error, now.Width, now.Height, now.Descriptors = row.Status, row.Error, row.Width, row.Height, row.Descriptors
		if err := w.put(w.next, now, from); err != nil {
			return err
		}
	}
	return nil
}

// put appends the row of an item to its shard, which is finished with its last one.
func (w *Writer) put(item int, row outputs.Row, from outputs.Input) error {
	r := w.r
	if err := w.begin(item); err != nil {
		return err
	}
	if w.others {
		w.next = item + 1
		return w.othersShard(item)
	}
	if first, _ := r.span(w.index); item != first+w.shard.Rows() {
		return fmt.Errorf("%s: the row of item %d comes where that of %d should", outputs.ShardName(w.index, r.count), item, first+w.shard.Rows())
	}
	before := w.shard.Rows()
	if err := w.shard.Write(row); err != nil {
		if row.Status == outputs.StatusFailed || w.shard.Rows() != before {
			return err
		}
		return &RefusedError{err}
	}
	w.counts.Count(&row)
	w.from, w.next = append(w.from, outputs.RowInput{Image: row.Image, Object: row.Object, Input: from}), item+1
	if _, end := r.span(w.index); item+1 < end {
		return nil
	}
	if err := w.end(); err != nil {
		return err
	}
	r.done[w.index] = true
	w.shardDone(w.index)
	return nil
}

// begin starts the shard of an item, unless that is open.
func (w *Writer) begin(item int) error {
	r := w.r
	if w.shard != nil || w.others {
		return nil
	}
	w.index, w.from, w.counts = item/r.Rows, w.from[:0], outputs.File{}
	s, err := r.create(w.index)
	if r.share != nil && errors.Is(err, fs.ErrExist) {
		w.others = true
		return nil
	}
	if err != nil {
		return err
	}
	w.shard = s
	return nil
}

// create starts a shard.
func (r *Run) create(s int) (*outputs.ShardWriter, error) {
	if r.share != nil {
		return outputs.CreateShardIn(r.in(), r.share.plan.FolderOf(s), s, r.count, r.Columns, r.Identity)
	}
	return outputs.CreateShard(r.shardFolder(s), s, r.count, r.Columns, r.Identity)
}

// end finishes the open shard.
func (w *Writer) end() error {
	s := w.shard
	w.shard = nil
	var d outputs.Digests
	err := s.CloseAfter(func(own string) (err error) {
		if w.r.share != nil {
			if d, err = s.Digests(); err == nil {
				err = w.r.sameAgain(w.index, d, w.counts)
			}
			if err != nil {
				return err
			}
		}
		return w.r.writeInputs(own, w.from)
	})
	switch {
	case w.r.share != nil:
		return w.finishShard(d, err)
	case err == nil && w.r.keeping != nil:
		w.segment.drop()
		err = w.r.noneKept(w.index)
	}
	return err
}

func (w *Writer) shardDone(s int) {
	w.r.changed[s] = true
	first, end := w.r.span(s)
	w.done(outputs.ShardName(s, w.r.count), end-first)
}
