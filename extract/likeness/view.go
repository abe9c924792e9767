package likeness

// View is what comparisons of a sketch need, each part made when it is needed first: it is for comparing one picture
// with several, by one goroutine at a time. It takes 50 kB and more where parts were looked for.
type View struct {
	of       *Sketch
	squashed [2][]float64         // the picture and its mirror image, normalised
	summed   [2]*sums             // of both
	patterns map[[2]int][]float64 // the picture at w x h, normalised
}

// NewView is that of a sketch.
func NewView(s *Sketch) *View { return &View{of: s, patterns: map[[2]int][]float64{}} }

func which(mirrored bool) int {
	if mirrored {
		return 1
	}
	return 0
}

func (v *View) whole(mirrored bool) []float64 {
	to := &v.squashed[which(mirrored)]
	if *to == nil {
		*to = normalised(v.of.plane(mirrored))
	}
	return *to
}

func (v *View) sums(mirrored bool) *sums {
	to := &v.summed[which(mirrored)]
	if *to == nil {
		*to = newSums(v.of.plane(mirrored))
	}
	return *to
}

func (v *View) pattern(w, h int) []float64 {
	at := [2]int{w, h}
	if v.patterns[at] == nil {
		v.patterns[at] = normalised(shrunk(v.of.plane(false), w, h))
	}
	return v.patterns[at]
}
