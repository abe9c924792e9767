package explore

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"fc7/extract/likeness"
	"fc7/extract/picture"
	"fc7/heads/neighbours"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/thumbs"
)

// unconfirmed is the grade of rows whose descriptors are those of copies, but whose images could not be compared.
const unconfirmed likeness.Grade = "unconfirmed"

// twin is a pair of rows, a < b, that are of one image or look so.
type twin struct {
	a, b                    int
	grade                   likeness.Grade
	mirrored, part          bool
	distance                float64 // 1 - cos; below 0: not known
	correlation, difference float64 // of the pixels; below 0: not known
}

// twins are the pairs of a table.
type twins struct {
	list       []twin // by a and b
	candidates int
	compared   int    // of these, by their pixels
	away       int    // rows without an image
	why        string // an example of why
	unsought   bool   // mirror twins were not looked for by pixels
}

// twinColumns are those of the kept pairs.
var twinColumns = []outputs.ResultColumn{
	{Name: "image", Kind: outputs.ResultText, Required: true},
	{Name: "twin", Kind: outputs.ResultText, Required: true},
	{Name: "row", Kind: outputs.ResultInt, Required: true},
	{Name: "twin_row", Kind: outputs.ResultInt, Required: true},
	{Name: "grade", Kind: outputs.ResultText, Required: true},
	{Name: "mirrored", Kind: outputs.ResultBool, Required: true},
	{Name: "part", Kind: outputs.ResultBool, Required: true},
	{Name: "distance", Kind: outputs.ResultFloat},
	{Name: "correlation", Kind: outputs.ResultFloat},
	{Name: "difference", Kind: outputs.ResultFloat},
}

// pixels changes with any grade of a pair.
const pixels = "pixels 1"

// keptTwins names the pairs of a job.
func (o *opened) keptTwins(j Job) kept {
	b := o.basis
	if b.K, b.Asked = j.K, pixels; !j.exact(len(o.present)) {
		b.Asked += ", " + candidates
	}
	return keptIn(j.Run, "twins", b)
}

// findTwins finds the pairs of a table, or reads those that are kept, if they are of it and no image was away.
func (o *opened) findTwins(ctx context.Context, j AuditJob, ev conveyor.Events) (t *twins, kept bool, err error) {
	k := o.keptTwins(j.Job)
	if n := k.fresh(); n != nil && n.Away == 0 {
		if j.Data != "" {
			ev.TellNote(fmt.Sprintf("pairs are kept, of this table, and read from %s: no image of --data is; without that file all are compared again", k.path))
		}
		t = &twins{candidates: n.Candidates, compared: n.Candidates, unsought: n.Unsought}
		return t, true, t.read(k.path, n.SHA256, len(o.IDs))
	}
	if err := k.writable(); err != nil {
		return nil, false, err
	}
	near, err := o.atLeast(ctx, j.Job, ev)
	if err != nil {
		return nil, false, err
	}
	if t, err = o.compareAll(ctx, j, near, ev); err != nil {
		return nil, false, err
	}
	k.found = found{Candidates: t.candidates, Away: t.away, Unsought: t.unsought}
	_, err = k.write(twinColumns, func(yield func([]any) bool) {
		for _, p := range t.list {
			if !yield(p.row(o.IDs)) {
				return
			}
		}
	})
	return t, false, err
}

// known is a figure, or nil where it is not known.
func known(v float64) any {
	if v < 0 {
		return nil
	}
	return v
}

func (p twin) row(names []string) []any {
	return []any{names[p.a], names[p.b], p.a, p.b, string(p.grade), p.mirrored, p.part, known(p.distance), known(p.correlation), known(p.difference)}
}

// read takes kept pairs back, of a table of so many rows.
func (t *twins) read(path, sum string, rows int) error {
	figure := func(v any) float64 {
		if f, ok := v.(float64); ok {
			return f
		}
		return -1
	}
	return outputs.ReadResults(path, sum, twinColumns, func(v []any) error {
		p := twin{
			a: as[int](v[2]), b: as[int](v[3]), grade: likeness.Grade(as[string](v[4])), mirrored: as[bool](v[5]), part: as[bool](v[6]),
			distance: figure(v[7]), correlation: figure(v[8]), difference: figure(v[9]),
		}
		if p.a < 0 || p.a >= p.b || p.b >= rows || !slices.Contains(Grades, p.grade) {
			return fmt.Errorf("%s: a pair of rows %d and %d that is %q, of %d rows: remove the file", path, p.a, p.b, p.grade, rows)
		}
		t.list = append(t.list, p)
		return nil
	})
}

// compareAll looks at the images of all that may be pairs.
func (o *opened) compareAll(ctx context.Context, j AuditJob, near *Neighbours, ev conveyor.Events) (*twins, error) {
	all := near.byDescriptors(j.K, o.Images)
	t := &twins{}
	im, err := openPictures(ctx, j.Run, j.Data)
	if err != nil {
		return nil, err
	}
	if im.Err != nil {
		all = distinct(all)
		t.candidates, t.away, t.why, t.unsought = len(all), len(o.present), im.Err.Error(), true
		t.byDistance(all, func(candidate) bool { return true })
		return t, nil
	}
	s, err := o.sketch(ctx, im, j.Threads, telling(ev))
	if err != nil {
		return nil, err
	}
	t.missing(o, s)
	if t.unsought = !j.exact(len(o.present)); !t.unsought {
		more, err := s.bySketches(ctx, o.Images, j.Threads)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	all = distinct(all)
	t.candidates = len(all)
	t.byDistance(all, s.lacks)
	for _, c := range all {
		if !s.lacks(c) {
			t.compared++
		}
	}
	if t.compared > 0 {
		ev.TellNote(fmt.Sprintf("pairs of images are compared: %d", t.compared))
	}
	if j.Comparing != nil {
		j.Comparing()
	}
	c := &tally{of: len(all), tell: telling(ev)}
	left, err := s.alike(ctx, all, j.Threads, c)
	if err == nil {
		err = o.confirm(ctx, im, left, t, j.Threads, c)
	}
	slices.SortFunc(t.list, func(x, y twin) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return t, err
}

// missing counts the rows without an image.
func (t *twins) missing(o *opened, s *sketched) {
	t.away = len(s.why)
	for _, i := range o.present {
		if err := s.why[i]; err != nil {
			t.why = o.IDs[i] + ": " + err.Error()
			return
		}
	}
}

// byDistance takes pairs whose images cannot be compared, if their descriptors are the same.
func (t *twins) byDistance(all []candidate, away func(candidate) bool) {
	for _, c := range all {
		if away(c) && c.distance >= 0 && c.distance <= neighbours.SameImage {
			t.list = append(t.list, twin{a: c.a, b: c.b, grade: unconfirmed, distance: c.distance, correlation: -1, difference: -1})
		}
	}
}

// lacks tells whether an image of a pair is not there.
func (s *sketched) lacks(c candidate) bool { return s.of[c.a] == nil || s.of[c.b] == nil }

// alike are the candidates whose sketches have something in common, and where. It takes them in the order of their
// first rows best.
func (s *sketched) alike(ctx context.Context, all []candidate, threads int, count *tally) ([]candidate, error) {
	found := make([]bool, len(all))
	err := inPieces(ctx, len(all), threads, func(first, end int) {
		var a *likeness.View
		for n := first; n < end && ctx.Err() == nil; n++ {
			c := &all[n]
			if n == first || c.a != all[n-1].a {
				a = nil
			}
			if s.of[c.a] != nil && s.of[c.b] != nil {
				if a == nil {
					a = likeness.NewView(s.of[c.a])
				}
				c.at, found[n] = likeness.Find(a, likeness.NewView(s.of[c.b]))
			}
			if !found[n] {
				count.add()
			}
		}
	})
	var left []candidate
	for n, c := range all {
		if found[n] {
			left = append(left, c)
		}
	}
	return left, err
}

// tally counts pairs that were compared.
type tally struct {
	mu       sync.Mutex
	done, of int
	tell     func(done, of int)
}

func (t *tally) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	t.tell(t.done, t.of)
}

// inPieces does n things, some at once, in runs of first to end-1, and ends early with the context.
func inPieces(ctx context.Context, n, threads int, do func(first, end int)) error {
	const piece = 64
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	work := pool.New().WithMaxGoroutines(threads)
	for first := 0; first < n && ctx.Err() == nil; first += piece {
		work.Go(func() { do(first, min(n, first+piece)) })
	}
	work.Wait()
	return ctx.Err()
}

// The pictures that are in memory at once, of 48 kB at most.
const (
	together = 1024         // of several groups
	ofOne    = 8 * together // of a group, whose pictures are read several times if there are more
)

// confirm compares the pictures of candidates, and adds those that are alike. Pairs with rows in common are looked at
// together, so that each picture is read once more.
func (o *opened) confirm(ctx context.Context, im *thumbs.Images, all []candidate, t *twins, threads int, count *tally) error {
	u := neighbours.NewGroups(len(o.IDs))
	for _, c := range all {
		u.Join(c.a, c.b)
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return u.First(x.a) - u.First(y.a) })
	for len(all) > 0 {
		n, rows := firstPairs(all, u)
		if err := o.confirmSome(ctx, im, all[:n], rows, t, threads, count); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// firstPairs are the first n pairs, which are looked at together, and their rows.
func firstPairs(all []candidate, u neighbours.Groups) (n int, rows map[int]bool) {
	rows = map[int]bool{}
	for n < len(all) && (len(rows) < together || len(rows) < ofOne && u.First(all[n].a) == u.First(all[n-1].a)) {
		rows[all[n].a], rows[all[n].b] = true, true
		n++
	}
	return n, rows
}

func (o *opened) confirmSome(ctx context.Context, im *thumbs.Images, some []candidate, of map[int]bool, t *twins, threads int, count *tally) error {
	var rows []int
	for i := range of {
		rows = append(rows, i)
	}
	slices.Sort(rows)
	names, at := make([]string, len(rows)), map[int]int{}
	for n, i := range rows {
		names[n], at[i] = o.IDs[i], n
	}
	pictures := make([]*likeness.Picture, len(rows))
	if _, err := eachPicture(ctx, im, names, threads, func(n int, p *picture.Image) (err error) {
		pictures[n], err = likeness.PictureOf(p)
		return err
	}, func(int) {}); err != nil {
		return err
	}
	evidence := make([]likeness.Evidence, len(some))
	if err := inPieces(ctx, len(some), threads, func(first, end int) {
		for n := first; n < end && ctx.Err() == nil; n++ {
			if a, b := pictures[at[some[n].a]], pictures[at[some[n].b]]; a != nil && b != nil { // both were there a moment ago
				evidence[n] = likeness.Compare(a, b, some[n].at)
			}
			count.add()
		}
	}); err != nil {
		return err
	}
	for n, c := range some {
		if e := evidence[n]; e.Grade != likeness.None {
			t.list = append(t.list, twin{c.a, c.b, e.Grade, c.at.Mirrored, c.at.Part, c.distance, e.Correlation, e.Difference})
		}
	}
	return nil
}

// found are counts of a search for pairs.
type found struct {
	Candidates int  `json:"candidates,omitempty"`
	Away       int  `json:"away,omitempty"`
	Unsought   bool `json:"unsought,omitempty"`
}
