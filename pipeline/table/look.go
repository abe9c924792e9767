package table

import (
	"fmt"
	"path/filepath"
	"strings"

	"fc7/internal/machine"
	"fc7/outputs"
)

// removeShard is what may be done about a damaged shard.
const removeShard = "remove it to compute it again"

// cannotUse is the error of a shard that cannot be opened.
func cannotUse(err error) error {
	return machine.Advise(fmt.Errorf("a shard of an earlier run cannot be used: %w", err), removeShard)
}

// sound makes sure, by its digest of itself, that a shard is what was written: before what it says it is of is compared
// with anything.
func sound(path string) error {
	d, err := outputs.FileDigests(path)
	if err != nil {
		return cannotUse(err)
	}
	if err := d.Check(); err != nil {
		return cannotUse(fmt.Errorf("%s: %w", path, err))
	}
	return nil
}

// otherRun is the error of a shard among those of this run that is of another.
func otherRun(path string, differences []string) error {
	return fmt.Errorf("%s is of another table than other shards beside it:\n  %s\nput the shard of this table back, or %s",
		path, strings.Join(differences, "\n  "), removeShard)
}

// unlike is a shard that is not of the run.
type unlike struct {
	path        string
	differences []string
	updatable   bool // they are of the data set alone
	limits      bool // they are of the limits of images alone, which one table's shards may differ in
}

// look marks the shards that are done, after making sure that they belong to this run.
func (r *Run) look() error {
	names, _, err := outputs.ListShards(r.features)
	if err != nil {
		return fmt.Errorf("reading the run's folder: %w", err)
	}
	r.done = make([]bool, r.count)
	var others []unlike
	same := 0
	for _, name := range names {
		i, count, _ := outputs.ParseShardName(filepath.Base(name))
		other, err := r.lookAt(name, i, count)
		if err != nil {
			return err
		}
		if other != nil {
			others = append(others, *other)
		} else {
			same++
		}
	}
	return r.refuse(others, same)
}

// lookAt marks shard i of count, in the file name, unless it is not of this run.
func (r *Run) lookAt(name string, i, count int) (*unlike, error) {
	s, err := outputs.OpenShard(filepath.Join(r.features, name))
	if err != nil {
		return nil, cannotUse(err)
	}
	defer s.Close()
	limits, damage, err := r.recorded.of(s.Path, s.Own, s.NumRows, s.Identity)
	if err != nil {
		return nil, err
	}
	if i >= r.first && i < r.end {
		r.unproven(s.Path, damage)
	}
	diff := s.Identity.Differences(r.Identity)
	of := len(diff) == 0 // the table
	diff = append(diff, r.otherLimits(limits)...)
	limited := of && len(diff) > 0
	switch first, end := r.span(i); {
	case len(diff) > 0:
	case count != r.count:
		diff = []string{fmt.Sprintf("shards: table has %d, now %d (rows a shard were changed)", count, r.count)}
	case s.NumRows != end-first: // other rows a shard can give as many shards
		diff = []string{fmt.Sprintf("rows in shard %d: table has %d, now %d (rows a shard were changed)", i, s.NumRows, end-first)}
	}
	if len(diff) > 0 {
		return &unlike{s.Path, diff, len(s.Identity.DescriptorDifferences(r.Identity)) == 0, limited}, nil
	}
	r.done[i] = true
	r.raised[i] = r.lower(limits)
	return nil, nil
}

// refuse is the error of shards that are not of the run, beside as many that are: of one that is damaged, of one that
// strayed here from another run, or of a table with other settings.
func (r *Run) refuse(others []unlike, same int) error {
	if len(others) == 0 {
		return nil
	}
	checked := map[string]bool{} // a table's shards differ all alike
	for _, o := range others {
		how := strings.Join(o.differences, "\n")
		if o.limits || checked[how] && same == 0 {
			continue
		}
		checked[how] = true
		if err := sound(o.path); err != nil {
			return err
		}
	}
	for _, o := range others {
		if same > 0 && !o.limits {
			return otherRun(o.path, o.differences)
		}
	}
	return &MismatchError{Out: r.Out, Differences: others[0].differences, Updatable: others[0].updatable}
}

// Standing marks the shards of this run that stand in its folder, and makes or locks nothing. A table with other
// settings there is a *MismatchError.
func (r *Run) Standing() error {
	r.done = make([]bool, r.count)
	if !isDir(r.features) {
		return nil
	}
	if err := r.look(); err != nil {
		return err
	}
	return r.checkManifest()
}
