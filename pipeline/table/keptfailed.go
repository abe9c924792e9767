package table

import (
	"fmt"

	"fc7/outputs"
)

// findFailedKept looks for the failed rows among those that are kept of file s, which are tried again. Segments behind
// which no row is sound are let go, so that what is computed of them is kept; of others the failed rows alone are
// computed, and are not kept before the file is done.
func (r *Run) findFailedKept(s int) error {
	k := r.share.kept[s]
	if k == nil {
		return nil
	}
	first, _ := r.span(s)
	var failed []keptFailure
	sound := 0 // segments up to the last with a sound row
	for n := range k.parts {
		p := &k.parts[n]
		rows, err := failuresOf(p)
		if err != nil {
			return err
		}
		failed = append(failed, rows...)
		if len(rows) < len(p.from) {
			sound = n + 1
		}
	}
	if sound < len(k.parts) {
		if err := r.cutKept(s, sound); err != nil {
			return fmt.Errorf("removing rows that were kept: %w", err)
		}
	}
	for _, f := range failed {
		r.share.again[first+f.row] = true
		if !f.changed {
			r.broken = append(r.broken, first+f.row)
		}
	}
	return nil
}

// keptFailure is a failed row of a file.
type keptFailure struct {
	row     int
	changed bool // since its image had
}

// failuresOf are the failed rows of a segment, in order.
func failuresOf(p *keptPart) (failed []keptFailure, err error) {
	part, err := outputs.OpenShard(p.path)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	rows, err := shardRowsOf(part)
	for i := range rows {
		if rows[i].Status == outputs.StatusFailed {
			failed = append(failed, keptFailure{p.first + i, rows[i].Changed()})
		}
	}
	return failed, err
}

// standsOld tells whether the row of an item stands in a segment, and is computed again.
func (r *Run) standsOld(item int) bool {
	if r.keeping == nil || !r.keeping.again[item] {
		return false
	}
	k := r.keeping.kept[item/r.Rows]
	return k != nil && item%r.Rows < k.rows
}

// answeredAgain counts a row that was kept as failed, and was tried again.
func (r *Run) answeredAgain(item int, row outputs.Row) {
	if r.share == nil || !r.share.again[item] {
		return
	}
	r.Retried.Tried++
	if row.Status == outputs.StatusOK {
		r.Retried.Recovered++
	}
}
