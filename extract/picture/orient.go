package picture

// orient returns src turned upright as EXIF orientation o tells (TIFF tag 274, 1 to 8); for 1, and for anything that is
// no orientation, src itself.
func orient(src *Image, o int) *Image {
	if o < 2 || o > 8 {
		return src
	}
	w, h := src.W, src.H
	if o >= 5 {
		w, h = h, w
	}
	dst := newImage(w, h)
	// Pixel (x, y) of dst is pixel first + x*dx + y*dy of src.
	first, dx, dy := orientSteps(src.W, src.H, o)
	i := 0
	for y := range h {
		s := 3 * (first + y*dy)
		for range w {
			p := src.Pix[s : s+3 : s+3]
			q := dst.Pix[i : i+3 : i+3]
			q[0], q[1], q[2] = p[0], p[1], p[2]
			i += 3
			s += 3 * dx
		}
	}
	return dst
}

// orientSteps gives, for a source of w x h pixels, the source pixel that becomes the upper left one, and the steps
// through the source that one step right and one step down make. The meaning of the eight values is in the EXIF
// specification (CIPA DC-008), tag Orientation: where row 0 and column 0 of the file are in the scene.
func orientSteps(w, h, o int) (first, dx, dy int) {
	right, bottom := w-1, (h-1)*w
	switch o {
	case 2: // mirrored
		return right, -1, w
	case 3: // turned by 180 degrees
		return right + bottom, -1, -w
	case 4: // upside down, mirrored
		return bottom, 1, -w
	case 5: // transposed
		return 0, w, 1
	case 6: // to be turned right
		return bottom, -w, 1
	case 7: // transposed along the other diagonal
		return right + bottom, -w, -1
	case 8: // to be turned left
		return right, w, -1
	}
	return 0, 1, w
}
