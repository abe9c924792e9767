package table

import (
	"fmt"
	"path/filepath"

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

// raise notes that the rows of a shard, which stay as they are, are those of the higher limits too.
func (r *Run) raise(s int) error {
	if !r.raised[s] {
		return nil
	}
	shard, err := outputs.OpenShard(filepath.Join(r.features, outputs.ShardName(s, r.count)))
	if err != nil {
		return err
	}
	defer shard.Close()
	from, err := inputsOrNone(r.Out, shard)
	if err != nil {
		return err
	}
	return r.writeInputs(shard.Own, from)
}
