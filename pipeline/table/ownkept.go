package table

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/sourcegraph/conc/pool"

	"fc7/internal/atomicfile"
	"fc7/outputs"
	"fc7/pipeline/planned"
)

// Keep lets a Run that is of no plan keep rows of files that are not done, every so often, and take those that earlier
// starts kept. It is to be called before the Run is opened.
func (r *Run) Keep(every time.Duration) {
	is := claim{r.Identity, r.Rows, r.Limits}.text()
	r.keeping = newKeeping(every, func(s int) string { return planned.TmpDirOf(is, s) })
}

// text tells one table from others.
func (c claim) text() []byte {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain values
	}
	return text
}

// findOwnKept finds what earlier starts kept of this process's files that are not done. What they left of others is
// removed: such a file got its name, and a kill came.
func (r *Run) findOwnKept(ctx context.Context, look Look, locked func() error) (unlock func() error, err error) {
	if r.keeping == nil {
		return locked, nil
	}
	unlock = func() error { return errors.Join(r.keeping.drop(), locked()) }
	r.tellOthersKept()
	for s := r.first; s < r.end; s++ {
		if err = ctx.Err(); err != nil {
			break
		}
		if r.done[s] {
			err = r.noneKept(s)
		} else {
			err = r.findSegments(s)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = r.checkKept(ctx, look)
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	return unlock, nil
}

// noneKept removes what is kept of a file that is done.
func (r *Run) noneKept(s int) error {
	r.keeping.now = 0
	if err := errors.Join(r.keeping.dropKept(s), r.in().RemoveAll(r.keeping.dir(s))); err != nil {
		return fmt.Errorf("removing rows that were kept: %w", err)
	}
	return nil
}

// checkKept lets those of the kept rows be computed again that failed, and whose image is not surely the one that they
// were computed from: as if nothing were kept. Only files with another size or time than then are read.
func (r *Run) checkKept(ctx context.Context, look Look) error {
	var of []int // the file of each segment
	var parts []keptPart
	for s, k := range r.keeping.kept {
		of, parts = append(of, slices.Repeat([]int{s}, len(k.parts))...), append(parts, k.parts...)
	}
	again := make([][]int, len(parts))
	work := pool.New().WithMaxGoroutines(2 * runtime.GOMAXPROCS(0)).WithContext(ctx).WithFirstError().WithCancelOnError()
	for n := range parts {
		work.Go(func(ctx context.Context) (err error) {
			first, _ := r.span(of[n])
			again[n], err = replacedKept(ctx, first+parts[n].first, &parts[n], look)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	sound := map[int]int{} // of each file, its segments up to the last of which a row is taken
	for n, items := range again {
		for _, i := range items {
			r.keeping.again[i] = true
		}
		if s := of[n]; len(items) < len(parts[n].from) {
			sound[s] = n - slices.Index(of, s) + 1
		}
	}
	for s, k := range maps.Clone(r.keeping.kept) {
		if sound[s] == len(k.parts) {
			continue
		}
		if err := r.cutKept(s, sound[s]); err != nil { // so that what is computed of them is kept
			return fmt.Errorf("removing rows that were kept: %w", err)
		}
	}
	return nil
}

// replacedKept are the items of a segment, whose first is given, that are computed again.
func replacedKept(ctx context.Context, first int, p *keptPart, look Look) (again []int, err error) {
	for i, was := range p.from {
		item := first + i
		bad := isIn(p.bad, i)
		if !bad && was.Known() && unchanged(look, item, was.Input) {
			continue
		}
		now := outputs.Input{}
		if !bad && was.Known() {
			if now, err = look.Input(ctx, item); err != nil {
				return nil, err
			}
		}
		if bad || !was.Known() || now.SHA256 != was.SHA256 {
			again = append(again, item)
		}
	}
	return again, ctx.Err()
}

func isIn(sorted []int, i int) bool {
	_, ok := slices.BinarySearch(sorted, i)
	return ok
}

// clearKept removes what killed runs kept, once the table is complete: of tables with other settings too, that were
// begun here. What tasks of a plan keep a merge removes.
func (r *Run) clearKept(ctx context.Context, missing int) error {
	if r.keeping == nil && r.update == nil {
		return nil
	}
	dir := filepath.Join(r.Out, path.Dir(planned.TmpDirOf(nil, 0)))
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	there, err := planned.Is(ctx, r.Out)
	if err == nil && missing == 0 && !there {
		err = os.RemoveAll(dir)
	}
	if err == nil {
		_ = os.Remove(dir) // another process may have something there
		err = atomicfile.SyncFolder(r.Out)
	}
	if err != nil {
		return fmt.Errorf("removing rows that were kept: %w", err)
	}
	return nil
}
