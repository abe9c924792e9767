package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	mSOF0, mSOF1, mSOF2 = 0xc0, 0xc1, 0xc2
	mDHT                = 0xc4
	mJPG, mDAC          = 0xc8, 0xcc
	mRST0, mRST7        = 0xd0, 0xd7
	mSOI, mEOI          = 0xd8, 0xd9
	mSOS, mDQT          = 0xda, 0xdb
	mDRI                = 0xdd
	mAPP0, mAPP1        = 0xe0, 0xe1
	mAPP14              = 0xee
	mTEM                = 0x01
)

// Encoders write about ten scans, at the very most one for each coefficient of each component; thousands of empty ones
// in a small file would each cost a pass over the whole image. Their work is bounded in passes over the blocks of a
// gray image at the limit of pixels.
const (
	maxScans  = 1000
	maxPasses = 32
)

// jpegFile is the structure of a JPEG: its header, and where its entropy-coded data begin.
type jpegFile struct {
	w, h        int
	progressive bool
	comps       []jpegComponent
	jfif        bool
	adobe       int      // colour transform in the Adobe segment, -1 without one
	exif        []byte   // payload of the first EXIF segment
	head        [][]byte // segments before the first scan that decoding needs, in file order
	body        []byte   // from the first scan's marker on
	scans       int
	work        int64 // blocks that all scans visit
	ended       bool  // there is an end marker
}

type jpegComponent struct {
	id    byte
	h, v  int // sampling factors
	coded bool
}

// parseJPEG walks over the markers of a JPEG. As libjpeg does, it skips bytes between segments that belong to none.
func parseJPEG(d []byte) (*jpegFile, error) {
	f := &jpegFile{adobe: -1}
	pos := 2
	for {
		m, p, ok := nextMarker(d, pos)
		if !ok {
			return nil, fmt.Errorf("%w: the file ends within its header, before any image data", errTruncated)
		}
		if m == mEOI {
			return nil, fmt.Errorf("%w: end marker at byte %d, before any image data", errCorrupt, p-2)
		}
		pos = p
		if standalone(m) {
			continue
		}
		seg, err := segment(d, p)
		if err != nil {
			return nil, err
		}
		if m == mSOS {
			f.body = d[p-2:]
			f.walkScans()
			return f, f.check()
		}
		if err := f.take(m, seg, p-2); err != nil {
			return nil, err
		}
		pos = p + len(seg)
	}
}

// nextMarker finds the next marker at or after pos: its code and the position after it.
func nextMarker(d []byte, pos int) (m byte, after int, ok bool) {
	for {
		i := bytes.IndexByte(d[pos:], 0xff)
		if i < 0 {
			return 0, len(d), false
		}
		pos += i + 1
		for pos < len(d) && d[pos] == 0xff { // fill bytes
			pos++
		}
		if pos >= len(d) {
			return 0, len(d), false
		}
		m = d[pos]
		pos++
		if m != 0 {
			return m, pos, true
		}
	}
}

// standalone tells whether a marker has no segment after it.
func standalone(m byte) bool {
	return m == mTEM || m >= mRST0 && m <= mSOI
}

// segment returns the bytes of the segment at p, its two length bytes included.
func segment(d []byte, p int) ([]byte, error) {
	if len(d)-p < 2 {
		return nil, fmt.Errorf("%w: the file ends within its header", errTruncated)
	}
	n := int(binary.BigEndian.Uint16(d[p:]))
	if n < 2 {
		return nil, fmt.Errorf("%w: segment %02X at byte %d says it is %d bytes long, at least 2 expected", errCorrupt, d[p-1], p-2, n)
	}
	if n > len(d)-p {
		return nil, fmt.Errorf("%w: segment %02X at byte %d says it is %d bytes long, the file has %d left", errTruncated, d[p-1], p-2, n, len(d)-p)
	}
	return d[p : p+n], nil
}

// take notes what a header segment says, and keeps it if decoding needs it.
func (f *jpegFile) take(m byte, seg []byte, at int) error {
	data := seg[2:]
	switch {
	case m == mSOF0 || m == mSOF1 || m == mSOF2:
		if err := f.takeFrame(m, data, at); err != nil {
			return err
		}
		if m == mSOF0 {
			m = mSOF1 // the same data; extended sequential allows all four Huffman tables, as libjpeg does
		}
		f.keep(m, seg)
	case m == mDHT || m == mDQT || m == mDRI:
		f.keep(m, seg)
	case m == mAPP0:
		f.jfif = f.jfif || len(data) >= 14 && string(data[:5]) == "JFIF\x00"
	case m == mAPP1:
		if f.exif == nil && bytes.HasPrefix(data, []byte("Exif\x00")) {
			f.exif = data
		}
	case m == mAPP14:
		if len(data) >= 12 && string(data[:5]) == "Adobe" {
			f.adobe = int(data[11])
		}
	case m > mSOF2 && m <= 0xcf && m != mJPG && m != mDAC:
		return fmt.Errorf("%w: JPEG process SOF%d (%s); only baseline, extended sequential and progressive Huffman coding are read",
			errUnsupported, m-mSOF0, process(m))
	}
	return nil
}

// process names the coding processes that are not supported (T.81, table B.1).
func process(m byte) string {
	switch {
	case m == 0xc3 || m == 0xc7:
		return "lossless"
	case m >= 0xc9:
		return "arithmetic coding"
	}
	return "hierarchical"
}

func (f *jpegFile) keep(m byte, seg []byte) {
	f.head = append(f.head, []byte{0xff, m}, seg)
}

// takeFrame reads a frame header (T.81, B.2.2).
func (f *jpegFile) takeFrame(m byte, data []byte, at int) error {
	if f.comps != nil {
		return fmt.Errorf("%w: second frame header at byte %d", errCorrupt, at)
	}
	if len(data) < 6 || len(data) != 6+3*int(data[5]) {
		return fmt.Errorf("%w: frame header of %d bytes at byte %d does not fit its components", errCorrupt, len(data), at)
	}
	if data[0] != 8 {
		return fmt.Errorf("%w: JPEG with %d bits a sample; only 8 are read", errUnsupported, data[0])
	}
	f.progressive = m == mSOF2
	f.h, f.w = int(binary.BigEndian.Uint16(data[1:])), int(binary.BigEndian.Uint16(data[3:]))
	for c := data[6:]; len(c) >= 3; c = c[3:] {
		h, v := int(c[1]>>4), int(c[1]&15)
		if h < 1 || h > 4 || v < 1 || v > 4 {
			return fmt.Errorf("%w: sampling factors %dx%d of component %d, 1 to 4 expected", errCorrupt, h, v, c[0])
		}
		f.comps = append(f.comps, jpegComponent{id: c[0], h: h, v: v})
	}
	if n := len(f.comps); n != 1 && n != 3 && n != 4 {
		return fmt.Errorf("%w: JPEG with %d colour components; 1, 3 or 4 are read", errUnsupported, n)
	}
	return nil
}

// walkScans counts the scans, notes which components they code, and looks for the end marker.
func (f *jpegFile) walkScans() {
	d, pos := f.body, 0
	for {
		m, p, ok := nextMarker(d, pos)
		if !ok {
			return
		}
		pos = p
		switch {
		case m == mEOI:
			f.ended = true
			return
		case standalone(m):
			continue
		}
		seg, err := segment(d, p)
		if err != nil {
			return
		}
		if m == mSOS {
			f.scans++
			f.noteScan(seg[2:])
		}
		pos = p + len(seg)
	}
}

// noteScan marks the components that a scan header lists, in a progressive file only where the scan starts with the
// lowest frequency, without which nothing can be seen; and it counts the blocks that the scan visits.
func (f *jpegFile) noteScan(data []byte) {
	if len(data) < 1 || len(data) < 4+2*int(data[0]) {
		return
	}
	n := int(data[0])
	lowest := !f.progressive || data[1+2*n] == 0
	for i := range n {
		for j := range f.comps {
			if f.comps[j].id == data[1+2*i] {
				f.comps[j].coded = f.comps[j].coded || lowest
				f.work += f.blocks(f.comps[j])
			}
		}
	}
}

// blocks are those of a component that a scan visits, those of the padding too.
func (f *jpegFile) blocks(c jpegComponent) int64 {
	h, v, first := c.h, c.v, f.comps[0]
	if len(f.comps) == 1 {
		h, v, first = 1, 1, jpegComponent{h: 1, v: 1}
	}
	across, down := (f.w+8*first.h-1)/(8*first.h), (f.h+8*first.v-1)/(8*first.v)
	return int64(across) * int64(down) * int64(h*v)
}

// check tells what is missing for decoding.
func (f *jpegFile) check() error {
	if f.comps == nil {
		return fmt.Errorf("%w: image data without a frame header before them", errCorrupt)
	}
	if f.progressive && !f.ended {
		return fmt.Errorf("%w: progressive JPEG without end marker after %d scans", errTruncated, f.scans)
	}
	for _, c := range f.comps {
		if !c.coded {
			return fmt.Errorf("%w: no image data for colour component %d after %d scans", errTruncated, c.id, f.scans)
		}
	}
	return nil
}

// checkWork refuses scans that go over the image too often.
func (f *jpegFile) checkWork(o DecodeOptions) error {
	if f.scans > maxScans || f.scans > 1 && f.work > maxPasses*int64(max(o.MaxPixels, DefaultMaxPixels)/64) {
		return fmt.Errorf("%w: %d scans over %dx%d pixels; encoders write about ten", ErrTooLarge, f.scans, f.w, f.h)
	}
	return nil
}

// reader gives the file to image/jpeg such that it returns the component planes as they are: of the header only what
// decoding needs, and a marker that makes it neither convert nor invert colours. A sequential file without end marker
// gets one: whether its data are whole is then up to the decoder.
func (f *jpegFile) reader(o DecodeOptions) io.Reader {
	parts := [][]byte{{0xff, mSOI}}
	switch len(f.comps) {
	case 3:
		parts = append(parts, []byte("\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
	case 4:
		parts = append(parts, []byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"))
	}
	parts = append(parts, f.head...)
	parts = append(parts, f.body)
	if !f.ended {
		parts = append(parts, []byte{0xff, mEOI})
	}
	return o.chain(parts)
}

// color tells the colour model as libjpeg does (jdapimin.c, default_decompress_parms): JFIF is YCbCr, then the Adobe
// segment decides, then the component names.
func (f *jpegFile) color() string {
	switch {
	case len(f.comps) == 1:
		return "gray"
	case len(f.comps) == 4 && f.adobe <= 0:
		return "cmyk"
	case len(f.comps) == 4:
		return "ycck"
	case !f.jfif && f.adobe == 0:
		return "rgb"
	case !f.jfif && f.adobe < 0 && f.comps[0].id == 'R' && f.comps[1].id == 'G' && f.comps[2].id == 'B':
		return "rgb"
	}
	return "ycbcr"
}

// cost is the number of bytes a pixel that image/jpeg allocates.
func (f *jpegFile) cost() float64 {
	hMax, vMax := 1, 1
	for _, c := range f.comps {
		hMax, vMax = max(hMax, c.h), max(vMax, c.v)
	}
	samples := 0.0
	for _, c := range f.comps {
		samples += float64(c.h*c.v) / float64(hMax*vMax)
	}
	if len(f.comps) == 1 {
		samples = 1
	}
	bytes := samples
	if f.progressive {
		bytes += 4 * samples // coefficients, 32 bits each
	}
	if len(f.comps) == 4 {
		bytes += 4 + samples // interleaved by the decoder, and apart again
	}
	return bytes
}
