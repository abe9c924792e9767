package picture

// plane is one component of an image, w x h samples, hr and vr times smaller than the image across and down.
type plane struct {
	pix    []byte
	stride int
	w, h   int
	hr, vr int
}

func (p plane) row(y int) []byte { return p.pix[y*p.stride:][:p.w:p.w] }

// upsampler enlarges a plane to the size of the image, row by row.
//
// Halved sides are interpolated with a triangle: a sample of the image lies a quarter of a step from the nearer sample
// of the plane, so that the nearer counts 3/4 and the farther 1/4; beyond the edge the outermost sample is repeated.
// The roundings are libjpeg's ("fancy upsampling"), which alternate from sample to sample so as not to lean to one
// side. Other ratios repeat samples, as libjpeg does.
type upsampler struct {
	p    plane
	out  []byte   // one row of the image, at full width and up to one step more
	sums []uint16 // 3*near + far, one a sample of the plane
	w    int
	bias [2]uint16 // roundings of even and odd samples where both sides are halved
}

// newUpsampler prepares for an image w pixels wide.
func newUpsampler(p plane, w int) upsampler {
	u := upsampler{p: p, w: w, bias: [2]uint16{8, 7}}
	if p.hr > 1 || p.vr > 1 {
		u.out = make([]byte, p.w*p.hr)
	}
	if p.hr == 2 && p.vr == 2 {
		u.sums = make([]uint16, p.w)
	}
	return u
}

// row returns row y of the image, w samples; it is valid until the next call.
func (u *upsampler) row(y int) []byte {
	p := u.p
	// libjpeg repeats samples in planes too narrow for its loop; so must we.
	wide := p.w > 2
	switch {
	case p.hr == 1 && p.vr == 1:
		return p.row(y)
	case p.hr == 1 && p.vr == 2:
		mixRows(u.out, p.row(y/2), u.far(y), byte(1+y&1))
	case p.hr == 2 && p.vr == 1 && wide:
		doubleRow(u.out, p.row(y))
	case p.hr == 2 && p.vr == 2 && wide:
		u.doubleBoth(p.row(y/2), u.far(y))
	default:
		repeatRow(u.out, p.row(y/p.vr), p.hr)
	}
	return u.out[:u.w]
}

// far returns the farther of the two rows of a halved plane between which row y of the image lies.
func (u *upsampler) far(y int) []byte {
	i := y/2 - 1 + 2*(y&1)
	return u.p.row(min(max(i, 0), u.p.h-1))
}

// mixRows sets dst to (3*near + far + bias) / 4.
func mixRows(dst, near, far []byte, bias byte) {
	far = far[:len(near)]
	dst = dst[:len(near)]
	for i, n := range near {
		dst[i] = byte((3*uint32(n) + uint32(far[i]) + uint32(bias)) >> 2)
	}
}

// doubleRow writes two samples for each of src.
func doubleRow(dst, src []byte) {
	n := len(src)
	dst = dst[:2*n]
	dst[0] = src[0]
	dst[1] = byte((3*uint32(src[0]) + uint32(src[1]) + 2) >> 2)
	for i := 1; i < n-1; i++ {
		c := 3 * uint32(src[i])
		dst[2*i] = byte((c + uint32(src[i-1]) + 1) >> 2)
		dst[2*i+1] = byte((c + uint32(src[i+1]) + 2) >> 2)
	}
	dst[2*n-2] = byte((3*uint32(src[n-1]) + uint32(src[n-2]) + 1) >> 2)
	dst[2*n-1] = src[n-1]
}

// doubleBoth writes a row of the image that lies between two rows of a plane halved in both directions.
func (u *upsampler) doubleBoth(near, far []byte) {
	n := len(near)
	s, dst, even, odd := u.sums[:n], u.out[:2*n], u.bias[0], u.bias[1]
	far = far[:n]
	for i, v := range near {
		s[i] = 3*uint16(v) + uint16(far[i])
	}
	left, c := s[0], s[0]
	for i, right := range s[1:] {
		d := dst[2*i : 2*i+2 : 2*i+2]
		d[0] = byte((3*c + left + even) >> 4)
		d[1] = byte((3*c + right + odd) >> 4)
		left, c = c, right
	}
	dst[2*n-2] = byte((3*c + left + even) >> 4)
	dst[2*n-1] = byte((4*c + odd) >> 4)
}

// repeatRow writes each sample k times.
func repeatRow(dst, src []byte, k int) {
	for i, v := range src {
		d := dst[i*k : (i+1)*k]
		for j := range d {
			d[j] = v
		}
	}
}
