package table

import (
	"errors"

	"fc7/outputs"
)

// Retried counts the failed rows that were tried again.
type Retried struct {
	Tried, Recovered int
}

// FindFailed looks for the failed rows of this process's finished shards.
func (r *Run) FindFailed() error {
	r.retry = map[int][]int{}
	for s := r.first; s < r.end; s++ {
		if !r.done[s] {
			continue
		}
		failed, err := r.failedItems(s)
		if err != nil {
			return err
		}
		if len(failed) > 0 {
			r.retry[s] = failed
		} else if err := r.raise(s); err != nil {
			return err
		}
	}
	return nil
}

// again takes the row of an item that is tried again. With the shard's last one, the shard is written anew if any of
// them did better this time; the others keep their old rows, unless limits were raised: then they say why they fail
// now.
func (w *Writer) again(item int, row outputs.Row, from outputs.Input) error {
	s := item / w.r.Rows
	w.r.Retried.Tried++
	if row.Status == outputs.StatusOK || w.r.raised[s] {
		if w.better == nil {
			w.better = map[int]answer{}
		}
		w.better[item] = answer{row, from}
	}
	if last := w.r.retry[s]; item != last[len(last)-1] || len(w.better) == 0 {
		return nil
	}
	better := w.better
	w.better = nil
	if err := w.rewrite(s, better); err != nil {
		return err
	}
	w.shardDone(s)
	return nil
}

// rewrite puts a shard with better rows in the old one's place, in one step.
func (w *Writer) rewrite(s int, better map[int]answer) (err error) {
	r := w.r
	old, err := outputs.OpenShard(r.shardPath(s))
	if err != nil {
		return err
	}
	defer old.Close()
	from, err := inputsOrNone(r.Out, old)
	if err != nil {
		return err
	}
	shard, err := outputs.RewriteShard(r.shardFolder(s), s, r.count, r.Columns, r.Identity)
	if err != nil {
		return err
	}
	recovered, err := copyRows(shard, old, s*r.Rows, better, from)
	if err == nil && recovered == 0 && !r.raised[s] { // the table cannot hold any of the new rows
		return shard.Abort()
	}
	if err != nil {
		return errors.Join(err, shard.Abort())
	}
	r.Retried.Recovered += recovered
	return shard.CloseAfter(func(own string) error { return r.writeInputs(own, from) })
}

// copyRows copies the rows of old, the first of which is that of item first, and takes the better ones instead where
// the table can hold them, with what they are of. It counts those.
func copyRows(to *outputs.ShardWriter, old *outputs.Shard, first int, better map[int]answer, from []outputs.RowInput) (recovered int, err error) {
	for g := range old.Groups() {
		rows, err := old.ReadGroup(g)
		if err != nil {
			return recovered, err
		}
		for i, row := range rows {
			if now, ok := better[first+i]; ok {
				before := to.Rows()
				err := to.Write(now.row)
				if err == nil {
					from[before].Input = now.from
					if now.row.Status == outputs.StatusOK {
						recovered++
					}
					continue
				}
				if to.Rows() != before {
					return recovered, err
				}
			}
			if err := to.Write(row); err != nil {
				return recovered, err
			}
		}
		first += len(rows)
	}
	return recovered, nil
}
