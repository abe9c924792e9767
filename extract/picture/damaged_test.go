package picture

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/bmp"

	"fc7/internal/hostile"
)

func FuzzJPEG(f *testing.F)        { targets(f)["FuzzJPEG"].Fuzz(f) }
func FuzzPNG(f *testing.F)         { targets(f)["FuzzPNG"].Fuzz(f) }
func FuzzGIF(f *testing.F)         { targets(f)["FuzzGIF"].Fuzz(f) }
func FuzzWebP(f *testing.F)        { targets(f)["FuzzWebP"].Fuzz(f) }
func FuzzBMP(f *testing.F)         { targets(f)["FuzzBMP"].Fuzz(f) }
func FuzzTIFF(f *testing.F)        { targets(f)["FuzzTIFF"].Fuzz(f) }
func FuzzOrientation(f *testing.F) { targets(f)["FuzzOrientation"].Fuzz(f) }
func FuzzParseJPEG(f *testing.F)   { targets(f)["FuzzParseJPEG"].Fuzz(f) }

func TestDamaged(t *testing.T) { hostile.Tests(t, targets(t)) }

// targets are the formats of images, and what is read of them besides pixels.
func targets(t testing.TB) map[string]*hostile.Target {
	t.Helper()
	all := map[string]*hostile.Target{
		"FuzzOrientation": {
			Seeds: [][]byte{
				exifBlock(binary.BigEndian, [4]uint32{274, 3, 1, 6}),
				append([]byte("Exif\x00\x00"), exifBlock(binary.LittleEndian, [4]uint32{271, 2, 4, 0}, [4]uint32{274, 3, 1, 8})...), []byte("II*\x00\x08\x00\x00\x00\xff\xff"),
				exifBlock(binary.LittleEndian, [4]uint32{274, 3, 1, 2}), exifBlock(binary.BigEndian, [4]uint32{271, 2, 4, 0}, [4]uint32{274, 3, 1, 5}, [4]uint32{305, 2, 4, 0}),
				exifBlock(binary.BigEndian, [4]uint32{274, 1, 1, 3}), exifBlock(binary.LittleEndian, [4]uint32{274, 4, 1, 7}), exifBlock(binary.LittleEndian, [4]uint32{274, 3, 2, 6}),
				exifBlock(binary.BigEndian), exifBlock(binary.BigEndian, [4]uint32{274, 3, 1, 9}),
			},
			Words: []string{"II*\x00", "MM\x00*", "Exif\x00\x00", "\x01\x12\x00\x03", "\x12\x01\x03\x00"},
			Alloc: func(n int) uint64 { return 1<<20 + 10*uint64(n) },
			Read: func(file []byte, r *hostile.Result) error {
				o := orientation(file)
				if o < 1 || o > 8 {
					r.Errorf("orientation %d", o)
				}
				r.Int(o)
				return nil
			},
		},
		"FuzzParseJPEG": {
			Seeds: [][]byte{
				[]byte(soi + frame(mSOF0, three) + scan(3, 0) + eoi), []byte(soi + seg(mAPP14, "Adobe") + frame(mSOF2, three[:3]) + scan(1, 0)), []byte(soi + frame(mSOF0, three[:3]) + scan(1, 0) + eoi),
				[]byte(soi + seg(mAPP0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") + frame(mSOF2, three) + scan(3, 0) + scan(1, 1) + eoi), []byte(soi + seg(mAPP1, "Exif\x00\x00x") + frame(mSOF0, three) + scan(3, 0) + eoi + "more"),
				[]byte(soi + seg(mAPP14, "Adobe\x00\x64\x00\x00\x00\x00\x02") + frame(mSOF0, three+"\x04\x11\x00") + scan(4, 0) + eoi), []byte(soi + seg(0xfe, "a comment") + seg(mDQT, "q") + seg(mDHT, "h") + frame(mSOF0, three) + scan(3, 0) + seg(mDHT, "later") + scan(1, 1) + eoi),
				[]byte(soi + seg(0xe2, "ICC_PROFILE\x00\x01\x01x") + frame(mSOF1, three) + scan(3, 0) + eoi), []byte(soi + "junk" + frame(mSOF0, "\x01\x21\x00\x02\x11\x00\x03\x11\x00") + scan(3, 0) + eoi),
				[]byte(soi + seg(0xdd, "\x00\x01") + frame(mSOF0, three) + scan(1, 0) + scan(1, 1) + eoi),
			},
			Words: jpegWords,
			Alloc: func(n int) uint64 { return 1<<20 + 100*uint64(n) },
			Read: func(file []byte, r *hostile.Result) error {
				if len(file) < 2 || len(file) > 1<<16 {
					return errCorrupt
				}
				p, err := parseJPEG(file)
				if err == nil && (p.scans < 1 || len(p.comps) == 0 || p.cost() <= 0) {
					r.Errorf("accepted %+v", p)
				}
				return err
			},
		},
	}
	for name, words := range map[string][]string{
		"jpeg": jpegWords,
		"png":  {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "acTL", "fcTL", "eXIf", "gAMA", "iCCP", "\x00\x00\x00\x00", "\x08\x02", "\x10\x06", "\x01\x00", "\x00\x00\x00\x0d"},
		"gif":  {"GIF89a", "GIF87a", "\x21\xf9\x04", "\x2c\x00\x00\x00\x00", "\x21\xff\x0bNETSCAPE2.0", "\x21\xfe", "\x3b", "\x00"},
		"webp": {"RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ANIM", "ANMF", "ALPH", "EXIF", "ICCP", "\x9d\x01\x2a", "\x2f"},
		"bmp":  {"BM", "\x28\x00\x00\x00", "\x6c\x00\x00\x00", "\x7c\x00\x00\x00", "\x01\x00\x08\x00", "\x01\x00\x18\x00", "\x01\x00\x20\x00", "\x03\x00\x00\x00"},
		"tiff": {"II*\x00", "MM\x00*", "II+\x00", "\x00\x01\x03\x00", "\x01\x01\x03\x00", "\x02\x01\x03\x00", "\x03\x01\x03\x00\x01\x00\x00\x00", "\x05\x00", "\x08\x00", "\xb2\x80", "\x07\x00", "\x3d\x01\x03\x00", "\x11\x01\x04\x00", "\x17\x01\x04\x00", "\x44\x01\x04\x00", "\x1c\x01\x03\x00", "\x53\x01\x03\x00"},
	} {
		x := &hostile.Target{Words: words, Read: decodeAtOnce, Again: decodeInPieces, Alloc: func(n int) uint64 { return 64<<20 + 100*uint64(n) }}
		if name == "png" {
			x.Mend = hostile.MendPNG
		}
		x.Seeds = imagesOf(t, name)
		all["Fuzz"+map[string]string{"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WebP", "bmp": "BMP", "tiff": "TIFF"}[name]] = x
	}
	return all
}

var jpegWords = []string{"\xff\xd8", "\xff\xd9", "\xff\xc0\x00\x11\x08", "\xff\xc2\x00\x0b\x08", "\xff\xc4", "\xff\xdb\x00\x43\x00", "\xff\xda\x00\x0c\x03", "\xff\xdd\x00\x04\x00\x01", "\xff\xd0", "\xff\xee\x00\x0eAdobe", "\xff\xe1Exif\x00\x00", "\xff\xe2ICC_PROFILE\x00", "\xff\x00", "\x11", "\x22", "\x21"}

// imageLimits are small, so that sizes that headers promise are met often.
var imageLimits = DecodeOptions{MaxPixels: 1 << 16, maxBytes: 1 << 16, maxMemory: 1 << 22}

func decodeAtOnce(file []byte, r *hostile.Result) error {
	return decodeFrom(bytes.NewReader(file), file, r)
}

func decodeInPieces(file []byte, r *hostile.Result) error {
	return decodeFrom(iotest.OneByteReader(bytes.NewReader(file)), file, r)
}

func decodeFrom(in io.Reader, file []byte, r *hostile.Result) error {
	im, info, err := Decode(in, imageLimits)
	if err != nil {
		if im != nil {
			r.Errorf("an image with error %v", err)
		}
		return err
	}
	if err := im.Check(); err != nil || im.W*im.H > imageLimits.MaxPixels || im.W != info.Width || im.H != info.Height {
		r.Errorf("%+v: %v", info, err)
	}
	if c, err := DecodeConfig(bytes.NewReader(file), imageLimits); err != nil || c.Width != info.Width || c.Height != info.Height || c.Format != info.Format {
		r.Errorf("decoded as %+v, and the header alone says %+v, %v", info, c, err)
	}
	r.Text(info.Format, info.Color)
	r.Int(im.W, im.H)
	r.Bytes(im.Pix)
	return nil
}

// spread takes n of a list, all along it.
func spread(all [][]byte, n int) (some [][]byte) {
	for i := range min(n, len(all)) {
		some = append(some, all[i*len(all)/min(n, len(all))])
	}
	return some
}

// imagesOf are small files of a format, of all kinds.
func imagesOf(t testing.TB, format string) (all [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "decode", "*"))
	if err != nil {
		t.Fatal(err)
	}
	add := func(d []byte) {
		if f, err := sniff(d); err == nil && f.name == format && len(d) < 6000 {
			all = append(all, d)
		}
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_rgb.png") {
			continue // what the others are decoded as
		}
		d, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		add(d)
	}
	for _, list := range []string{"tiff.jsonl.gz", "lossless.jsonl.gz"} {
		for _, c := range goldenCases(t, list) {
			if c.RGB != "" || list == "lossless.jsonl.gz" {
				add(c.File)
			}
		}
	}
	for _, d := range madeImages(t) {
		add(d)
	}
	slices.SortStableFunc(all, func(a, b []byte) int { return cmp.Compare(len(a), len(b)) })
	return spread(all, 60)
}

// madeImages are images of every kind of samples, as the formats' encoders write them, and a GIF of two frames.
func madeImages(t testing.TB) (all [][]byte) {
	t.Helper()
	r := image.Rect(0, 0, 5, 4)
	palette := color.Palette{color.Transparent, color.White, color.RGBA{R: 9, A: 255}}
	indexed, opaque := image.NewPaletted(r, palette), image.NewPaletted(r, palette[1:])
	indexed.Pix[3], indexed.Pix[7], opaque.Pix[2] = 1, 2, 1
	full := image.NewNRGBA(r)
	for i := range full.Pix {
		full.Pix[i] = byte(i * 7)
	}
	for _, m := range []image.Image{full, indexed, opaque, image.NewGray(r), image.NewGray16(r), image.NewNRGBA64(r), image.NewRGBA(r)} {
		var p, b, g bytes.Buffer
		if err := errors.Join(png.Encode(&p, m), bmp.Encode(&b, m), gif.Encode(&g, m, nil)); err != nil {
			t.Fatal(err)
		}
		stored := new(bytes.Buffer)
		if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(stored, m); err != nil {
			t.Fatal(err)
		}
		all = append(all, p.Bytes(), b.Bytes(), g.Bytes(), stored.Bytes())
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{indexed, indexed}, Delay: []int{1, 2}, Disposal: []byte{1, 2}}); err != nil {
		t.Fatal(err)
	}
	return append(all, b.Bytes())
}
