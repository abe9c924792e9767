package picture

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// seg makes a JPEG segment.
func seg(m byte, data string) string {
	n := len(data) + 2
	return string([]byte{0xff, m, byte(n >> 8), byte(n)}) + data
}

// frame is a frame header for an image of 16x8 pixels; comps are three bytes a component: name, sampling, table.
func frame(m byte, comps string) string {
	return seg(m, "\x08\x00\x08\x00\x10"+string(byte(len(comps)/3))+comps)
}

// scan is a scan header for components named 1 to n, and some entropy-coded bytes with what they may contain.
func scan(n int, first byte) string {
	s := string(byte(n))
	for i := range n {
		s += string(byte(i+1)) + "\x00"
	}
	return seg(mSOS, s+string(first)+"\x3f\x00") + "\x12\xff\x00\x34\xff\xd0\x56"
}

const (
	soi   = "\xff\xd8"
	eoi   = "\xff\xd9"
	three = "\x01\x22\x00\x02\x11\x00\x03\x11\x00"
)

func TestParseJPEG(t *testing.T) {
	file := soi + seg(mAPP0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") + "junk" + seg(mAPP1, "Exif\x00\x00first") +
		seg(mAPP1, "Exif\x00\x00second") + "\xff\x00\xff\xff" + seg(mDQT, "q")[1:] + seg(mAPP14, "Adobe\x00\x64\x00\x00\x00\x00\x02") +
		seg(0xfe, "comment") + frame(mSOF0, three) + seg(mDHT, "h") + scan(3, 0) + seg(mDHT, "later") + scan(1, 1) + eoi + "trailer"
	f, err := parseJPEG([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if f.w != 16 || f.h != 8 || f.progressive || !f.jfif || f.adobe != 2 || string(f.exif) != "Exif\x00\x00first" || f.scans != 2 || !f.ended {
		t.Errorf("got %+v", f)
	}
	var kept []byte
	for _, h := range f.head {
		kept = append(kept, h...)
	}
	if want := seg(mDQT, "q") + frame(mSOF1, three) + seg(mDHT, "h"); string(kept) != want {
		t.Errorf("kept %q, expected %q", kept, want)
	}
	if !bytes.HasPrefix(f.body, []byte{0xff, mSOS}) || !bytes.HasSuffix(f.body, []byte("trailer")) {
		t.Errorf("body %q", f.body)
	}
	// 1 + 1/4 + 1/4 samples a pixel.
	if c := f.cost(); c != 1.5 {
		t.Errorf("cost %v", c)
	}
}

func TestParseJPEGErrors(t *testing.T) {
	good := frame(mSOF0, three)
	for name, c := range map[string]struct {
		file string
		is   error
		say  string
	}{
		"header alone":        {soi + good, errTruncated, "within its header"},
		"cut segment":         {soi + good[:8], errTruncated, "file has 6 left"},
		"cut length":          {soi + "\xff\xdb\x00", errTruncated, "within its header"},
		"length of one":       {soi + "\xff\xdb\x00\x01", errCorrupt, "at least 2"},
		"end at once":         {soi + eoi, errCorrupt, "before any image data"},
		"no frame":            {soi + scan(1, 0) + eoi, errCorrupt, "without a frame"},
		"two frames":          {soi + good + good + scan(3, 0) + eoi, errCorrupt, "second frame"},
		"two components":      {soi + frame(mSOF0, three[:6]), errUnsupported, "2 colour components"},
		"12 bits":             {soi + seg(mSOF1, "\x0c\x00\x08\x00\x10\x01\x01\x11\x00"), errUnsupported, "12 bits"},
		"sampling of zero":    {soi + frame(mSOF0, "\x01\x01\x00"), errCorrupt, "sampling"},
		"frame of odd size":   {soi + seg(mSOF0, "\x08\x00\x08\x00\x10\x01\x01"), errCorrupt, "does not fit"},
		"arithmetic":          {soi + frame(0xc9, three), errUnsupported, "arithmetic"},
		"lossless":            {soi + frame(0xc3, three), errUnsupported, "lossless"},
		"hierarchical":        {soi + frame(0xc5, three), errUnsupported, "hierarchical"},
		"missing component":   {soi + good + scan(2, 0) + eoi, errTruncated, "component 3"},
		"only high ones":      {soi + frame(mSOF2, three) + scan(3, 1) + eoi, errTruncated, "component 1"},
		"progressive, no end": {soi + frame(mSOF2, three) + scan(3, 0), errTruncated, "after 1 scans"},
	} {
		if _, err := parseJPEG([]byte(c.file)); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %v, expected to say %q", name, err, c.say)
		}
	}
}

// TestScanBomb: a few kilobytes must not ask for hundreds of passes over a huge image, nor over one that is long and
// narrow, whose blocks are mostly padding.
func TestScanBomb(t *testing.T) {
	size := func(h, w, comps string) string { return soi + seg(mSOF2, "\x08"+h+w+"\x03"+comps) }
	huge, narrow := size("\x30\x00", "\x30\x00", three), size("\xff\xff", "\x00\x01", "\x01\x42\x00\x02\x11\x00\x03\x11\x00")
	padded := size("\xff\xff", "\x01\x00", "\x01\x44\x00\x02\x44\x00\x03\x44\x00")
	for _, c := range []struct {
		head  string
		scans int
		wrong bool
	}{{huge, 20, false}, {huge, 200, true}, {padded, 60, false}, {padded, 400, true}, {narrow, 900, false}, {narrow, 1001, true}} {
		file := []byte(c.head + strings.Repeat(scan(3, 0), c.scans) + eoi)
		f, err := parseJPEG(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.checkWork(DecodeOptions{}.withDefaults()); errors.Is(err, ErrTooLarge) != c.wrong {
			t.Errorf("%d scans of %dx%d: %v", c.scans, f.w, f.h, err)
		}
		if _, _, err := Decode(bytes.NewReader(file), DecodeOptions{}); c.wrong && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d scans of %dx%d, decoded: %v", c.scans, f.w, f.h, err)
		}
	}
}

func TestJPEGColor(t *testing.T) {
	ycc := []jpegComponent{{id: 1, h: 1, v: 1}, {id: 2, h: 1, v: 1}, {id: 3, h: 1, v: 1}}
	rgb := []jpegComponent{{id: 'R', h: 1, v: 1}, {id: 'G', h: 1, v: 1}, {id: 'B', h: 1, v: 1}}
	four := append(ycc[:3:3], jpegComponent{id: 4, h: 1, v: 1})
	for _, c := range []struct {
		f    jpegFile
		want string
	}{
		{jpegFile{comps: ycc[:1], adobe: -1}, "gray"},
		{jpegFile{comps: ycc, adobe: -1}, "ycbcr"},
		{jpegFile{comps: ycc, adobe: 0}, "rgb"},
		{jpegFile{comps: ycc, adobe: 1}, "ycbcr"},
		{jpegFile{comps: ycc, adobe: 0, jfif: true}, "ycbcr"},
		{jpegFile{comps: rgb, adobe: -1}, "rgb"},
		{jpegFile{comps: rgb, adobe: -1, jfif: true}, "ycbcr"},
		{jpegFile{comps: rgb, adobe: 1}, "ycbcr"},
		{jpegFile{comps: four, adobe: -1}, "cmyk"},
		{jpegFile{comps: four, adobe: 0}, "cmyk"},
		{jpegFile{comps: four, adobe: 2}, "ycck"},
	} {
		if got := c.f.color(); got != c.want {
			t.Errorf("%d components, Adobe %d, JFIF %v: %s, expected %s", len(c.f.comps), c.f.adobe, c.f.jfif, got, c.want)
		}
	}
}
