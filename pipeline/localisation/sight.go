package localisation

import (
	"cmp"
	"errors"
	"fmt"

	"fc7/extract"
	"fc7/heads/localise"
	"fc7/outputs"
	"fc7/vgg"
)

// sight is what all nets saw of an image.
type sight struct {
	row   outputs.Row // of the image, without maps; Error: of the first net that did not see it
	of    localise.Size
	looks []look // at the image, and at its mirror image where that is looked at

	posterior []float64 // of the image; nil: no net tells classes
}

// look is what the nets saw of an image or of its mirror image.
type look struct {
	centre  []grid   // of each net of boxes, one position; nil where the middle was not looked at
	boxes   [][]grid // of each net of boxes, at each of its scales
	tellers [][]grid // of each net that tells classes, at each scale of the system

	scores [][]float64 // by scale of the system: of each position and class, the mean of the nets' probabilities
}

// in is a box of the image where it was seen in the mirror image (look 1), or as it is.
func (v *sight) in(look int, b localise.Box) localise.Box {
	if look == 1 {
		return b.Mirrored(v.of)
	}
	return b
}

// walk reads all tables side by side, an image after the other.
type walk struct {
	s    *system
	all  []*reader
	item int
}

func (s *system) walk() (w *walk, err error) {
	w = &walk{s: s}
	var dirs []string
	for k := range s.looks() {
		for _, b := range s.boxes {
			if s.centred {
				dirs = append(dirs, b.centre[k])
			}
			dirs = append(dirs, b.dense[k])
		}
		for _, t := range s.tellers {
			dirs = append(dirs, t.dense[k])
		}
	}
	for _, dir := range dirs {
		r, err := newReader(dir)
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.all = append(w.all, r)
	}
	return w, nil
}

func (w *walk) close() error {
	var errs []error
	for _, r := range w.all {
		errs = append(errs, r.close())
	}
	return errors.Join(errs...)
}

// next is what was seen of the next image.
func (w *walk) next() (*sight, error) {
	s, v := w.s, new(sight)
	rows := make([]outputs.Row, len(w.all))
	for i, r := range w.all {
		var err error
		if rows[i], err = r.next(); err != nil {
			return nil, err
		}
		if want := s.set.Items[w.item].ID; rows[i].Image != want {
			return nil, fmt.Errorf("%s: row %d is %s, not %s: it is of another list of images", r.dir, w.item+1, rows[i].Image, want)
		}
		rows[0].Error = cmp.Or(rows[0].Error, rows[i].Error)
	}
	w.item++
	v.row, v.of = rows[0], localise.Size{Width: rows[0].Width, Height: rows[0].Height}
	v.row.Descriptors = nil
	if v.row.Error != "" {
		return v, nil
	}
	return v, v.take(s, rows)
}

// take takes the maps out of rows, which stand in the order of the tables.
func (v *sight) take(s *system, rows []outputs.Row) error {
	each := len(rows) / s.looks()
	for k := range s.looks() {
		l := new(look)
		if err := l.take(s, rows[k*each:(k+1)*each]); err != nil {
			return err
		}
		v.looks = append(v.looks, *l)
	}
	return v.tell(s)
}

// take takes the maps out of the rows of one look.
func (l *look) take(s *system, rows []outputs.Row) error {
	next := func(scales int) ([]grid, error) {
		all := make([]grid, scales)
		for k := range all {
			var err error
			if all[k], err = gridOf(&rows[0], k); err != nil {
				return nil, err
			}
		}
		rows = rows[1:]
		return all, nil
	}
	for i := range s.boxes {
		if s.centred {
			g, err := next(1)
			if err != nil {
				return err
			}
			l.centre = append(l.centre, g[0])
		}
		g, err := next(len(s.boxes[i].scales))
		if err != nil {
			return err
		}
		l.boxes = append(l.boxes, g)
	}
	for range s.tellers {
		g, err := next(len(s.scales))
		if err != nil {
			return err
		}
		l.tellers = append(l.tellers, g)
	}
	return nil
}

// tell turns the scores of classes into probabilities: of each position, and of the image, whose scores are those of
// its positions averaged (section 3.2).
func (v *sight) tell(s *system) error {
	if len(s.tellers) == 0 {
		return nil
	}
	k := len(s.classes)
	v.posterior = make([]float64, k)
	one := make([]float64, k)
	for n := range v.looks {
		l := &v.looks[n]
		for q := range s.scales {
			first := l.tellers[0][q]
			sums := make([]float64, first.positions()*k)
			for _, t := range l.tellers {
				g := t[q]
				if g.channels != k || g.positions() != first.positions() {
					return fmt.Errorf("%s: the nets give maps of %d and of %d positions, of %d classes", v.row.Image, first.positions(), g.positions(), g.channels)
				}
				whole := g.probabilities(sums, one, len(l.tellers))
				add(v.posterior, whole, len(l.tellers)*len(s.scales)*len(v.looks))
			}
			l.scores = append(l.scores, sums)
		}
	}
	return nil
}

// probabilities are those of the scores averaged over positions; those of each are added to sums, of so many nets. one
// is room for those of a position.
func (g *grid) probabilities(sums, one []float64, nets int) []float64 {
	k := g.channels
	whole := make([]float64, k)
	for p := range g.positions() {
		for c, x := range g.at(p) {
			one[c] = float64(x)
			whole[c] += float64(x) / float64(g.positions())
		}
		extract.Softmax(one)
		add(sums[p*k:(p+1)*k], one, nets)
	}
	extract.Softmax(whole)
	return whole
}

// add adds one of n parts of a mean.
func add(sum, part []float64, n int) {
	for i, x := range part {
		sum[i] += x / float64(n)
	}
}

// stride is what a position of the map is apart from the next, in pixels, and window the side of what it sees.
const (
	stride = 32
	window = vgg.MinSide
)

// windows are those of the positions of a map at scale q.
func (v *sight) windows(g *grid, q int) ([]localise.Window, error) {
	at := extract.Options{}.Placed(v.of.Width, v.of.Height, q)
	if rows, columns := 1+(at.H-window)/stride, 1+(at.W-window)/stride; rows != g.rows || columns != g.columns {
		return nil, fmt.Errorf("%s: a map of %d x %d positions at scale %d, expected %d x %d, of windows of %d pixels every %d",
			v.row.Image, g.columns, g.rows, q, columns, rows, window, stride)
	}
	var all []localise.Window
	for y := range g.rows {
		for x := range g.columns {
			all = append(all, localise.Window{X: float64(stride * x), Y: float64(stride * y), Side: window, Width: at.W, Height: at.H, Of: v.of})
		}
	}
	return all, nil
}
