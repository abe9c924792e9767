package table

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"fc7/internal/place"
	"fc7/internal/rowkey"
	"fc7/internal/store"
	"fc7/outputs"
)

// in is the place of the run.
func (r *Run) in() place.Place {
	if r.share != nil {
		return r.share.plan.At()
	}
	return place.Folder(r.Out)
}

// writeInputs keeps what the rows of a shard were computed from, just before the shard gets its name: a kill between
// the two leaves a file that says nothing of the shards that stand.
func (r *Run) writeInputs(own string, rows []outputs.RowInput) error {
	return outputs.WriteInputs(r.in(), own, r.Limits, rows)
}

// inputsOf reads what the rows of the shard with the own digest own, which these are without descriptors, were computed
// from. The error wraps fs.ErrNotExist where a run has no such file.
func inputsOf(run, own string, rows []outputs.Row) ([]outputs.RowInput, error) {
	return inputsIn(place.Folder(run), own, rows)
}

// inputsIn is inputsOf of a run in a place.
func inputsIn(in place.Place, own string, rows []outputs.Row) ([]outputs.RowInput, error) {
	from, err := outputs.ReadInputsIn(in, own, len(rows))
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if f, r := &from[i], &rows[i]; f.Image != r.Image || f.Object != r.Object {
			return nil, fmt.Errorf("%s: row %d is of %s, that of the shard is of %s", in.At(outputs.InputsPath("", own)), i, rowkey.Of(f.Image, f.Object), rowkey.Of(r.Image, r.Object))
		}
	}
	return from, nil
}

// shardRowsOf reads all rows of a shard without descriptors.
func shardRowsOf(s *outputs.Shard) ([]outputs.Row, error) {
	var all []outputs.Row
	for g := range s.Groups() {
		rows, err := s.Rows(g)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// inputsOrNone is inputsOf with nothing known where there is no such file, or a damaged one.
func inputsOrNone(in place.Place, s *outputs.Shard) ([]outputs.RowInput, error) {
	rows, err := shardRowsOf(s)
	if err != nil {
		return nil, err
	}
	from, err := inputsIn(in, s.Own, rows)
	if err == nil || isDisk(err) {
		return from, err
	}
	from = make([]outputs.RowInput, len(rows))
	for i, r := range rows {
		from[i].Image, from[i].Object = r.Image, r.Object
	}
	return from, nil
}

// isUnknown tells whether a run has no file of inputs, and not a wrong one.
func isUnknown(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// isDisk tells whether a file is there and the disk, or the store, does not give it, whatever it says.
func isDisk(err error) bool {
	disk, fault := new(fs.PathError), new(store.Fault)
	return (errors.As(err, &disk) || errors.As(err, &fault)) && !isUnknown(err)
}

// unproven notes, once, that the inputs of a shard are damaged.
func (r *Run) unproven(shard string, damage error) {
	if r.Note != nil && damage != nil && !r.told[shard] {
		r.told[shard] = true
		r.Note(fmt.Sprintf("what the rows of %s were computed from is not known, nor whether their images were replaced: %v", shard, damage))
	}
}

// sweep removes files of inputs that are of no shard of the complete table: of shards that were written anew, and of
// the table before an update.
func (r *Run) sweep() error {
	if r.Part != (Part{}) || len(r.missing()) > 0 {
		return nil // other processes may be at work
	}
	dir := filepath.Join(r.Out, outputs.DigestsDir)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) <= r.count {
		return err
	}
	keep := map[string]bool{}
	for s := range r.count {
		shard, err := outputs.OpenShard(r.shardPath(s))
		if err != nil {
			return err
		}
		keep[filepath.Base(outputs.InputsPath(r.Out, shard.Own))] = true
		if err := shard.Close(); err != nil {
			return err
		}
	}
	return sweepInputs(r.in(), keep)
}

// sweepInputs removes files of inputs of a run that are not to be kept.
func sweepInputs(in place.Place, keep map[string]bool) error {
	names, err := in.List(outputs.DigestsDir)
	if err != nil || len(names) <= len(keep) {
		return err
	}
	for _, name := range names {
		if outputs.IsInputsName(name) && !keep[name] {
			if err := in.Remove(path.Join(outputs.DigestsDir, name)); err != nil {
				return fmt.Errorf("removing digests of an earlier table: %w", err)
			}
		}
	}
	return nil
}
