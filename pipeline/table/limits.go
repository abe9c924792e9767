package table

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"fc7/outputs"
)

// otherLimits tells in what the limits that a shard was made with keep it from being of this run; what is not recorded
// does not.
func (r *Run) otherLimits(was outputs.Limits) []string {
	if was.Pixels == 0 || r.Limits.Pixels == 0 || was.Pixels == r.Limits.Pixels || r.Raise && was.Pixels < r.Limits.Pixels {
		return nil
	}
	say := limitsDiffer(was, r.Limits)
	if was.Pixels < r.Limits.Pixels {
		say += " (with --retry-failed a higher limit is taken, and the failed rows are computed again)"
	}
	return []string{say}
}

func limitsDiffer(was, now outputs.Limits) string {
	return fmt.Sprintf("pixels of an image at most: table has %d, now %d", was.Pixels, now.Pixels)
}

// lower tells whether a shard that was made with these limits has lower ones than this run.
func (r *Run) lower(was outputs.Limits) bool {
	return was.Pixels > 0 && was.Pixels < r.Limits.Pixels
}

// recorded finds the limits that shards of a run were made with.
type recorded struct {
	run       string
	manifests func() ([]outputs.Manifest, error)
}

func newRecorded(run string) *recorded {
	return &recorded{run, sync.OnceValues(func() ([]outputs.Manifest, error) { return partManifests(run) })}
}

// of are the limits of a shard, by its own digest and rows: those beside its inputs, or, where these are gone or
// damaged, those of the manifest that lists it; zero: nothing tells them. damage is what is wrong with the inputs.
func (k *recorded) of(path, own string, rows int, id outputs.Identity) (l outputs.Limits, damage, err error) {
	l, err = outputs.ReadLimits(k.run, own, rows)
	if err == nil || isDisk(err) {
		return l, nil, err
	}
	if !isUnknown(err) {
		damage = err
	}
	manifests, err := k.manifests()
	if err != nil {
		return l, damage, err
	}
	name := filepath.Base(path)
	for _, m := range manifests {
		lists := slices.ContainsFunc(m.Files, func(f outputs.File) bool { return f.Name == name })
		if lists && len(m.Identity.Differences(id)) == 0 {
			return outputs.Limits{Pixels: m.Limits.Pixels}, damage, nil
		}
	}
	return l, damage, nil
}

// raise notes that the rows of a shard, which stay as they are, are those of the higher limits too.
func (r *Run) raise(s int) error {
	if !r.raised[s] {
		return nil
	}
	shard, err := outputs.OpenShard(r.shardPath(s))
	if err != nil {
		return err
	}
	defer shard.Close()
	from, err := inputsOrNone(r.in(), shard)
	if err != nil {
		return err
	}
	return r.writeInputs(shard.Own, from)
}
