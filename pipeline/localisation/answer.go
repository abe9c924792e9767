package localisation

import (
	"fmt"
	"slices"

	"fc7/heads/localise"
	"fc7/heads/metrics"
	"fc7/pipeline/evaluation"
)

// Found is an object that the nets see: the box of a class, and how sure both are.
type Found struct {
	Class     string       `json:"class"`
	Posterior float64      `json:"posterior"` // of the image; 1 where the class is given
	Box       localise.Box `json:"box"`       // in pixels counted from 1, both corners inside, with two decimals
	// Rating is the sum of the probabilities of the class in the windows whose boxes became this one; of a class that is
	// given the number of these windows.
	Rating float64 `json:"rating"`
}

// central is the box that a net gives for a class in the middle of the image (table 8); where the mirror image was
// looked at, the mean of both.
func (v *sight) central(s *system, net, class int) (box localise.Box) {
	b := &s.boxes[net]
	at := s.middle(b).Placed(v.of.Width, v.of.Height, b.head.Side)
	w := localise.Window{X: float64(at.X), Y: float64(at.Y), Side: float64(at.Width), Width: at.W, Height: at.H, Of: v.of}
	for k := range v.looks {
		p := b.head.Place(v.looks[k].centre[net].data, b.place[class])
		if k == 0 {
			box = w.Box(p)
		} else {
			box = localise.Between(box, w.Box(p.Mirrored()))
		}
	}
	return box.Inside(v.of).Rounded()
}

// candidates are the boxes of a class in all windows of some nets, by look, net, scale and position.
type candidates struct {
	boxes []localise.Box
	at    []windowAt
}

// windowAt names a window: the look, the place of its scale among those of the system, and its position.
type windowAt struct{ look, scale, position int }

func (v *sight) candidates(s *system, nets []int, class int) (c candidates, err error) {
	for look := range v.looks {
		l := &v.looks[look]
		for _, n := range nets {
			b := &s.boxes[n]
			for k, q := range b.scales {
				g := &l.boxes[n][k]
				windows, err := v.windows(g, q)
				if err != nil {
					return c, err
				}
				scale := slices.Index(s.scales, q)
				if l.scores != nil && len(l.scores[scale]) != len(windows)*len(s.classes) {
					return c, fmt.Errorf("%s: the nets of classes have other positions at scale %d than those of boxes", v.row.Image, q)
				}
				for p, w := range windows {
					c.boxes = append(c.boxes, v.in(look, w.Box(b.head.Place(g.at(p), b.place[class]))))
					c.at = append(c.at, windowAt{look, scale, p})
				}
			}
		}
	}
	return c, nil
}

// densest is the box of each of some classes that the windows of some nets agree on most (table 9): all are merged, and
// a merged one is rated by what its windows say of the class.
func (v *sight) densest(s *system, nets, classes []int) ([]Found, error) {
	alike := !slices.ContainsFunc(nets, func(n int) bool { return s.boxes[n].head.Regress == localise.PerClass })
	var merged []localise.Merged
	var at []windowAt
	var all []Found
	for i, class := range classes {
		if asked := slices.Index(classes[:i], class); asked >= 0 {
			all = append(all, all[asked])
			continue
		}
		if i == 0 || !alike { // else the boxes of all classes are the same
			c, err := v.candidates(s, nets, class)
			if err != nil {
				return nil, err
			}
			merged, at = s.j.Merge.merge(c.boxes), c.at
		}
		best := Found{Class: s.classes[class], Posterior: 1, Rating: -1}
		if v.posterior != nil {
			best.Posterior = v.posterior[class]
		}
		for _, m := range merged {
			if r := v.rating(s, m, at, class); r > best.Rating {
				best.Rating, best.Box = r, m.Box
			}
		}
		best.Box = best.Box.Inside(v.of).Rounded()
		all = append(all, best)
	}
	return all, nil
}

// rating is that of a merged box for a class.
func (v *sight) rating(s *system, m localise.Merged, at []windowAt, class int) (sum float64) {
	if v.posterior == nil {
		return float64(len(m.Members))
	}
	for _, i := range m.Members {
		sum += v.looks[at[i].look].scores[at[i].scale][at[i].position*len(s.classes)+class]
	}
	return sum
}

// likely are the n most probable classes of the image; without a net that tells them all there are, if that is one.
func (v *sight) likely(s *system, n int) (classes []int) {
	if v.posterior == nil {
		return []int{0}[:min(1, n)]
	}
	for _, c := range metrics.Top(v.posterior, n+1) {
		if s.classes[c] != evaluation.Background && len(classes) < n {
			classes = append(classes, c)
		}
	}
	return classes
}

// every are all nets of boxes.
func (s *system) every() (nets []int) {
	for n := range s.boxes {
		nets = append(nets, n)
	}
	return nets
}
