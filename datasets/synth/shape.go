package synth

import "math"

// shape is an outline within the unit circle.
type shape int

const (
	disc shape = iota
	square
	star
	ring
	triangle
	cross
	crescent
	hexagon
	arrow
	flower
	hourglass
	capsule
	shapes // how many there are
)

// point of an outline.
type point struct{ x, y float64 }

// contours returns the closed outlines of a shape; one that runs against the others is a hole.
func (s shape) contours() [][]point {
	switch s {
	case square:
		return [][]point{polygon(4, math.Pi/4, 1, 1)}
	case star:
		return [][]point{polygon(10, math.Pi/2, 1, 0.42)}
	case ring:
		return [][]point{polygon(48, 0, 1, 1), reversed(polygon(48, 0, 0.55, 0.55))}
	case triangle:
		return [][]point{polygon(3, math.Pi/2, 1, 1)}
	case cross:
		return [][]point{mirrored([]point{{0.32, 0.95}, {0.32, 0.32}, {0.95, 0.32}})}
	case crescent:
		return [][]point{crescentOutline()}
	case hexagon:
		return [][]point{polygon(6, 0, 1, 1)}
	case arrow:
		return [][]point{{{-0.95, -0.28}, {0.1, -0.28}, {0.1, -0.75}, {1, 0}, {0.1, 0.75}, {0.1, 0.28}, {-0.95, 0.28}}}
	case flower:
		return [][]point{flowerOutline()}
	case hourglass:
		return [][]point{{{-0.7, -0.7}, {0.7, -0.7}, {0.16, 0}, {0.7, 0.7}, {-0.7, 0.7}, {-0.16, 0}}}
	case capsule:
		return [][]point{capsuleOutline()}
	}
	return [][]point{polygon(48, 0, 1, 1)}
}

// polygon has n corners from the angle start on, at the distances even and odd in turn.
func polygon(n int, start, even, odd float64) []point {
	ps := make([]point, n)
	for i := range ps {
		d := even
		if i%2 == 1 {
			d = odd
		}
		sin, cos := math.Sincos(start + 2*math.Pi*float64(i)/float64(n))
		ps[i] = point{d * cos, -d * sin}
	}
	return ps
}

func reversed(ps []point) []point {
	out := make([]point, len(ps))
	for i, p := range ps {
		out[len(ps)-1-i] = p
	}
	return out
}

// mirrored repeats the corners of the first quadrant in the three others.
func mirrored(q []point) []point {
	var out []point
	for _, p := range q {
		out = append(out, point{p.x, p.y})
	}
	for _, p := range reversed(q) {
		out = append(out, point{p.x, -p.y})
	}
	for _, p := range q {
		out = append(out, point{-p.x, -p.y})
	}
	for _, p := range reversed(q) {
		out = append(out, point{-p.x, p.y})
	}
	return out
}

// crescentOutline runs along a wide arc and back along a flatter one.
func crescentOutline() []point {
	var ps []point
	const n = 28
	for i := range n + 1 {
		sin, cos := math.Sincos(math.Pi * (-0.62 + 1.24*float64(i)/n))
		ps = append(ps, point{-cos*0.95 + 0.1, sin * 0.96})
	}
	end, start := ps[0], ps[n]
	for i := 1; i < n; i++ {
		t := float64(i) / n
		bulge := 0.75 * math.Sin(math.Pi*t)
		ps = append(ps, point{start.x + (end.x-start.x)*t - bulge, start.y + (end.y-start.y)*t})
	}
	return ps
}

func flowerOutline() []point {
	const n = 80
	ps := make([]point, n)
	for i := range ps {
		a := 2 * math.Pi * float64(i) / n
		sin, cos := math.Sincos(a)
		d := 0.72 + 0.26*math.Cos(5*a)
		ps[i] = point{d * cos, d * sin}
	}
	return ps
}

// capsuleOutline is a bar with round ends.
func capsuleOutline() []point {
	const n, r = 14, 0.36
	var ps []point
	for side := range 2 {
		for i := range n + 1 {
			sin, cos := math.Sincos(math.Pi * (float64(side) - 0.5 + float64(i)/n))
			ps = append(ps, point{r*cos + (1-r)*float64(1-2*side), r * sin})
		}
	}
	return ps
}
