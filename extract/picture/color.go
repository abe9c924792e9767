package picture

// Conversions of one row of separate component samples into packed RGB. All rows have at least len(dst)/3 samples.

// ycc holds the products of the JFIF conversion for each chroma sample (ITU-T T.871, section 7; constants of BT.601):
//
//	R = Y + 1.402 (Cr-128)
//	G = Y - 0.344136 (Cb-128) - 0.714136 (Cr-128)
//	B = Y + 1.772 (Cb-128)
//
// in 16-bit fixed point, with constants of 5 digits and rounded as libjpeg does: R and B product by product, G in its
// sum.
var ycc = func() (t struct{ rCr, gCb, gCr, bCb [256]int32 }) {
	fix := func(x float64) int32 { return int32(float64(x*65536) + 0.5) }
	const half = 1 << 15
	for i := range 256 {
		x := int32(i) - 128
		t.rCr[i] = (fix(1.40200)*x + half) >> 16
		t.bCb[i] = (fix(1.77200)*x + half) >> 16
		t.gCb[i] = -fix(0.34414)*x + half
		t.gCr[i] = -fix(0.71414) * x
	}
	return t
}()

// clamp limits v to a byte.
func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^(v >> 31)) // 0 below, 255 above
	}
	return byte(v)
}

// yccRow converts Y, Cb, Cr.
func yccRow(dst []byte, rows [4][]byte) {
	n := len(dst) / 3
	ys, cbs, crs := rows[0][:n], rows[1][:n], rows[2][:n]
	for i, v := range ys {
		y, cb, cr := int32(v), cbs[i], crs[i]
		d := dst[3*i : 3*i+3 : 3*i+3]
		d[0] = clamp(y + ycc.rCr[cr])
		d[1] = clamp(y + (ycc.gCb[cb]+ycc.gCr[cr])>>16)
		d[2] = clamp(y + ycc.bCb[cb])
	}
}

// interleaveRow packs R, G, B.
func interleaveRow(dst []byte, rows [4][]byte) {
	n := len(dst) / 3
	rs, gs, bs := rows[0][:n], rows[1][:n], rows[2][:n]
	for i, r := range rs {
		d := dst[3*i : 3*i+3 : 3*i+3]
		d[0], d[1], d[2] = r, gs[i], bs[i]
	}
}

// cmykRow converts C, M, Y, K as stored in JPEG files, where by Adobe's custom 255 means no ink: each colour is the
// paper's white less its ink, times what the black lets through. No profile is applied.
func cmykRow(dst []byte, rows [4][]byte) {
	n := len(dst) / 3
	cs, ms, ys, ks := rows[0][:n], rows[1][:n], rows[2][:n], rows[3][:n]
	for i, k := range ks {
		d := dst[3*i : 3*i+3 : 3*i+3]
		d[0] = underBlack(255-cs[i], k)
		d[1] = underBlack(255-ms[i], k)
		d[2] = underBlack(255-ys[i], k)
	}
}

// ycckRow converts Y, Cb, Cr, K: the first three are the inks (255 is full) by way of YCbCr, the last is as in cmykRow.
func ycckRow(dst []byte, rows [4][]byte) {
	yccRow(dst, rows)
	for i, k := range rows[3][:len(dst)/3] {
		d := dst[3*i : 3*i+3 : 3*i+3]
		d[0] = underBlack(d[0], k)
		d[1] = underBlack(d[1], k)
		d[2] = underBlack(d[2], k)
	}
}

// underBlack is light*(255-ink)/255 with Pillow's rounding: the product ink*light/255 is rounded to nearest and taken
// off.
func underBlack(ink, light byte) byte {
	t := uint32(ink)*uint32(light) + 128
	return light - byte((t>>8+t)>>8)
}

// grayRow repeats one sample in all three colours.
func grayRow(dst, gray []byte) {
	for i, v := range gray {
		d := dst[3*i : 3*i+3 : 3*i+3]
		d[0], d[1], d[2] = v, v, v
	}
}
