package table

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"fc7/outputs"
	"fc7/pipeline/planned"
)

// renewKept lets go what earlier starts kept of files that are not done, from the segment on in which the first row is
// of another image than now: an update computes these rows, too. What it keeps itself is of the images as they are, so
// that the next start of the update goes on behind it.
func (r *Run) renewKept(ctx context.Context, look Look, trust bool) error {
	stale := map[int][]bool{} // of a file's segments
	work := pool.New().WithMaxGoroutines(2 * runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for s, k := range r.share.kept {
		found := make([]bool, len(k.parts))
		stale[s] = found
		for n := range k.parts {
			work.Go(func(ctx context.Context) (err error) {
				found[n], err = r.isStale(ctx, s, &k.parts[n], look, trust)
				return err
			})
		}
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for s, found := range stale {
		if n := slices.Index(found, true); n >= 0 {
			if err := r.cutKept(s, n); err != nil {
				return fmt.Errorf("removing rows that were kept: %w", err)
			}
		}
	}
	return nil
}

// isStale tells whether a row of a segment is of another image than now, or failed since that is not the planned one.
// An image that cannot be read leaves a failed row as it is.
func (r *Run) isStale(ctx context.Context, s int, p *keptPart, look Look, trust bool) (bool, error) {
	part, err := outputs.OpenShard(p.path)
	if err != nil {
		return false, err
	}
	defer part.Close()
	rows, err := shardRowsOf(part)
	if err != nil {
		return false, err
	}
	first, _ := r.span(s)
	for i := range rows {
		was, changed := p.from[i].Input, rows[i].Changed()
		if !changed && (!was.Known() || trust && unchanged(look, first+p.first+i, was)) {
			continue
		}
		now, err := look.Input(ctx, first+p.first+i)
		if err != nil {
			return false, err
		}
		if changed && now.Known() || !changed && now.SHA256 != was.SHA256 {
			return true, nil
		}
	}
	return false, nil
}

// cutKept leaves of what is kept of a file the segments before the n-th.
func (r *Run) cutKept(s, n int) error {
	k, dir := r.keeping.kept[s], r.keeping.dir(s)
	names, err := r.in().List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if first, ok := planned.ParseSegmentName(name); ok && first >= k.parts[n].first {
			if err := r.in().Below(dir).Remove(name); err != nil {
				return err
			}
		}
	}
	if n == 0 {
		return r.keeping.dropKept(s)
	}
	last := k.parts[n-1]
	k.parts, k.rows = k.parts[:n], last.first+len(last.from)
	return nil
}
