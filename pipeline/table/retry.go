package table

import (
	"errors"
	"fmt"
	"slices"

	"fc7/outputs"
)

// Retried counts the failed rows that were tried again.
type Retried struct {
	Tried, Recovered int
}

// FindFailed looks for the failed rows of this process's finished shards, and among those that are kept of others.
func (r *Run) FindFailed() error {
	r.retry = map[int][]int{}
	for s := r.first; s < r.end; s++ {
		if !r.done[s] && r.share != nil {
			if err := r.findFailedKept(s); err != nil {
				return err
			}
		}
		if !r.done[s] || r.share != nil && r.share.notes[s].Failed == 0 {
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

// Broken are the items that FindFailed found of which nothing could be computed though their images were the ones that
// were planned: one that has other bytes by now was mended.
func (r *Run) Broken() []int { return r.broken }

// again takes the row of an item that is tried again. With the shard's last one, the shard is written anew if any of
// them did better this time; the others keep their old rows, unless limits were raised, or the image had changed and is
// back: then they say why they fail now.
func (w *Writer) again(item int, row outputs.Row, from outputs.Input) error {
	s := item / w.r.Rows
	w.r.Retried.Tried++
	if row.Status == outputs.StatusOK || w.r.raised[s] || w.r.renew || w.r.back(item, row) {
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

// back tells whether the image of a row that failed since it had changed is the planned one again. item is one of those
// that FindFailed found.
func (r *Run) back(item int, row outputs.Row) bool {
	_, planned := slices.BinarySearch(r.broken, item)
	return !planned && !row.Changed()
}

// rewrite puts a shard with better rows in the old one's place, in one step.
func (w *Writer) rewrite(s int, better map[int]answer) (err error) {
	r := w.r
	old, err := r.openShard(s)
	if err != nil {
		return err
	}
	defer old.Close()
	from, err := inputsOrNone(r.in(), old)
	if err != nil {
		return err
	}
	shard, err := r.startAgain(s, old)
	if err != nil {
		return err
	}
	n, err := r.copyRows(shard, old, s*r.Rows, better, from)
	if err == nil && n.recovered == 0 && n.back == 0 && !r.raised[s] && !r.renew { // the table cannot hold any of the new rows
		return shard.Abort()
	}
	if err != nil {
		return errors.Join(err, shard.Abort())
	}
	r.Retried.Recovered += n.recovered
	if r.share != nil {
		return r.nextGeneration(s, shard, old.Own, from, n.File)
	}
	return shard.CloseAfter(func(own string) error { return r.writeInputs(own, from) })
}

// openShard opens a shard that is done.
func (r *Run) openShard(s int) (*outputs.Shard, error) {
	if r.share != nil {
		return outputs.OpenShardIn(r.in(), r.share.plan.File(s))
	}
	return outputs.OpenShard(r.shardPath(s))
}

// startAgain starts the shard that takes the old one's place.
func (r *Run) startAgain(s int, old *outputs.Shard) (*outputs.ShardWriter, error) {
	if r.share != nil {
		if err := r.tellUnguarded(); err != nil {
			return nil, err
		}
		return outputs.RewriteShardIn(r.in(), r.share.plan.FolderOf(s), s, r.count, r.Columns, r.Identity, old.Version)
	}
	return outputs.RewriteShard(r.shardFolder(s), s, r.count, r.Columns, r.Identity)
}

// tellUnguarded tells, once, of a store that does not keep a file from being replaced which another process put there
// at the very moment.
func (r *Run) tellUnguarded() error {
	if r.share.guards {
		return nil
	}
	sure, err := r.in().Guards()
	if err != nil {
		return err
	}
	if r.share.guards = true; !sure && r.Note != nil {
		r.Note(fmt.Sprintf("%s: this store replaces what another process puts at the same moment (it knows no If-Match): let one task at a time compute rows of a file again", r.Out))
	}
	return nil
}

// copied counts the rows of a shard that was written anew.
type copied struct {
	recovered    int
	back         int // failed for another reason than that their image had changed, as before
	outputs.File     // of its failed rows
}

// copyRows copies the rows of old, the first of which is that of item first, and takes the better ones instead where
// the table can hold them, with what they are of.
func (r *Run) copyRows(to *outputs.ShardWriter, old *outputs.Shard, first int, better map[int]answer, from []outputs.RowInput) (n copied, err error) {
	for g := range old.Groups() {
		rows, err := old.ReadGroup(g)
		if err != nil {
			return n, err
		}
		for i, row := range rows {
			at, changed := to.Rows(), row.Changed()
			now, ok := better[first+i]
			if ok {
				err = to.Write(now.row)
			}
			switch {
			case ok && err == nil:
				row, from[at].Input = now.row, now.from
				if row.Status == outputs.StatusOK {
					n.recovered++
				} else if changed && !row.Changed() {
					n.back++
				}
			case ok && to.Rows() != at:
				return n, err
			case ok && r.renew: // the old one is of another image
				row.Status, row.Error, row.Descriptors = outputs.StatusFailed, "a table cannot hold what was computed", nil
				fallthrough
			default:
				if err := to.Write(row); err != nil {
					return n, err
				}
			}
			n.Count(&row)
		}
		first += len(rows)
	}
	return n, nil
}
