package picture

import (
	"fmt"
	"image"
	"image/jpeg"
)

// decodeJPEG decodes the component planes with image/jpeg, and enlarges and converts them as libjpeg does.
//
// Against Pillow (libjpeg-turbo 2.1) what is left is the inverse cosine transform, whose rounding differs by one level
// in about one sample of eighty. On 228 photographs of Caltech-101 that leaves 98 % of the levels of RGB equal, and at
// most 3 between the others.
func decodeJPEG(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	f, err := parseJPEG(data)
	if f != nil {
		info.setSize(f.w, f.h, orientation(f.exif))
		info.Color = f.color()
	}
	if err != nil && !(o.probing && f != nil && f.comps != nil) { // of a beginning, all scans are not there
		return nil, err
	}
	if err := o.check(*info, len(data), f.cost()); err != nil {
		return nil, err
	}
	if err := f.checkWork(o); err != nil {
		return nil, err
	}
	m, err := jpeg.Decode(f.reader(o))
	if err != nil {
		if !f.ended {
			return nil, fmt.Errorf("%w: the file ends within its image data, without end marker", errTruncated)
		}
		return nil, decoderError(err)
	}
	return f.toRGB(m)
}

// toRGB converts the planes that image/jpeg decoded.
func (f *jpegFile) toRGB(m image.Image) (*Image, error) {
	dst := newImage(f.w, f.h)
	var planes []plane
	switch m := m.(type) {
	case *image.Gray:
		for y := range f.h {
			grayRow(dst.row(y), m.Pix[y*m.Stride:][:f.w])
		}
		return dst, nil
	case *image.YCbCr:
		planes = f.planes3(m)
	case *image.CMYK:
		planes = f.planes4(m)
	default:
		return nil, fmt.Errorf("%w: the decoder returned %T for %d components", errCorrupt, m, len(f.comps))
	}
	up := make([]upsampler, len(planes))
	for i, p := range planes {
		up[i] = newUpsampler(p, f.w)
	}
	convert := rowConverter(f.color())
	var rows [4][]byte
	for y := range f.h {
		for i := range up {
			rows[i] = up[i].row(y)
		}
		convert(dst.row(y), rows)
	}
	return dst, nil
}

// rowConverter returns the conversion of a colour model of more than one component.
func rowConverter(color string) func(dst []byte, rows [4][]byte) {
	switch color {
	case "rgb":
		return interleaveRow
	case "cmyk":
		return cmykRow
	case "ycck":
		return ycckRow
	}
	return yccRow
}

// planes3 shares the memory of m.
func (f *jpegFile) planes3(m *image.YCbCr) []plane {
	hr, vr := f.comps[0].h/f.comps[1].h, f.comps[0].v/f.comps[1].v
	w, h := (f.w+hr-1)/hr, (f.h+vr-1)/vr
	return []plane{
		{m.Y, m.YStride, f.w, f.h, 1, 1},
		{m.Cb, m.CStride, w, h, hr, vr},
		{m.Cr, m.CStride, w, h, hr, vr},
	}
}

// planes4 takes the planes apart that image/jpeg interleaved, inverted and, where they are smaller, enlarged by
// repetition.
func (f *jpegFile) planes4(m *image.CMYK) []plane {
	ps := make([]plane, 4)
	for t := range ps {
		hr, vr := f.comps[0].h/f.comps[t].h, f.comps[0].v/f.comps[t].v
		w, h := (f.w+hr-1)/hr, (f.h+vr-1)/vr
		pix := make([]byte, w*h)
		for y := range h {
			src := m.Pix[y*vr*m.Stride+t:]
			row := pix[y*w : (y+1)*w]
			for x := range row {
				row[x] = 255 - src[x*hr*4]
			}
		}
		ps[t] = plane{pix, w, w, h, hr, vr}
	}
	return ps
}
