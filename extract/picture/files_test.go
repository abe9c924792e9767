package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// TestDecodeOfRealFiles knows every file of the shared folder: how large it is, or why it cannot be decoded.
func TestDecodeOfRealFiles(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "images")
	if _, err := os.Stat(root); err != nil {
		t.Skip("the shared image files are not here: ", err)
	}
	failures := map[string]struct {
		is  error
		say string
	}{
		"LICENSE":                  {errUnknownFormat, "starts with"},
		"broken.png":               {errCorrupt, "no header chunk"},
		"broken_data_stream.png":   {errCorrupt, "bad filter type"},
		"decompression_bomb.gif":   {ErrTooLarge, "megapixels"},
		"hopper_bad_exif.jpg":      {errCorrupt, "bad Huffman code"},
		"tiff_strip_cmyk_jpeg.tif": {errUnsupported, "TIFF with Compression (tag 259) = 7, JPEG"},
		"truncated_image.png":      {errTruncated, "105514 bytes long, the file has 81879 left"},
		"truncated_jpeg.jpg":       {errTruncated, "without end marker after 10 scans"},
		"ultrahdr.jpg":             {errTruncated, "ends within its image data"},
		"zero_width.gif":           {errCorrupt, "must be positive"},
	}
	sizes := map[string]string{
		"go/triangle-001.gif": "256x128 palette", "16bit.cropped.tif": "64x64 gray16", "1_trns.png": "64x64 gray",
		"app13.jpg": "4x4 ycbcr", "broken_exif_dpi.jpg": "100x100 ycbcr", "decompression_bomb_extents.gif": "100x100 palette",
		"exif.png": "512x512 rgb", "flower.jpg": "480x360 ycbcr", "flower.webp": "480x360 ycbcr", "hopper_gray.jpg": "128x128 gray",
		"i_trns.png": "64x64 gray16", "icc-after-SOF.jpg": "10x10 gray", "invalid-exif.jpg": "200x200 ycbcr",
		"jpeg_ff00_header.jpg": "300x225 ycbcr", "junk_jpeg_header.jpg": "1024x768 ycbcr", "l_trns.png": "64x64 gray",
		"orientation_rectangle.jpg": "1x2 ycbcr", "p_trns_single.png": "64x64 palette", "photoshop-200dpi-broken.jpg": "200x200 ycbcr",
		"pil_sample_cmyk.jpg": "100x100 ycck", "pil_sample_rgb.jpg": "100x100 ycbcr", "png_decompression_dos.png": "1x1 gray",
		"rgb_trns.png": "64x64 rgb", "tRNS_null_1x1.png": "1x1 palette", "tiff_16bit_RGB_target.png": "100x40 rgb",
		"tiff_16bit_RGBa_target.png": "100x40 rgba", "truncated_app14.jpg": "100x100 ycbcr", "uncompressed_la.png": "128x128 graya",
		"go/video-001.cmyk.jpeg": "150x103 cmyk", "go/video-001.rgb.jpeg": "150x103 rgb",
	}
	seen := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		im, info, err := decodeFile(path)
		if f, ok := failures[name]; ok {
			if !errors.Is(err, f.is) || !strings.Contains(err.Error(), f.say) {
				t.Errorf("%s: got %v, expected %v saying %q", name, err, f.is, f.say)
			}
			return nil
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		want, ok := sizes[name]
		if !ok { // the rest are two scenes in many encodings
			want = "128x128 "
			if strings.HasPrefix(name, "go/") {
				want = "150x103 "
			}
		}
		if got := fmt.Sprintf("%dx%d %s", info.Width, info.Height, info.Color); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, expected %s", name, got, want)
		}
		if err := im.Check(); err != nil || im.W != info.Width || im.H != info.Height {
			t.Errorf("%s: %dx%d for %+v, %v", name, im.W, im.H, info, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 60 {
		t.Errorf("only %d files seen", seen)
	}
}

// hugeFiles makes a small file of each format and writes 50000x50000 into its header.
func hugeFiles(t *testing.T) map[string][]byte {
	t.Helper()
	const side = 50000
	m := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
	made := map[string]func(w io.Writer) error{
		"png":  func(w io.Writer) error { return png.Encode(w, m) },
		"gif":  func(w io.Writer) error { return gif.Encode(w, m, nil) },
		"jpeg": func(w io.Writer) error { return jpeg.Encode(w, m, nil) },
		"bmp":  func(w io.Writer) error { return bmp.Encode(w, m) },
		"tiff": func(w io.Writer) error { return tiff.Encode(w, m, nil) },
	}
	files := map[string][]byte{}
	for name, encode := range made {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		d := b.Bytes()
		switch name {
		case "png":
			binary.BigEndian.PutUint32(d[16:], side)
			binary.BigEndian.PutUint32(d[20:], side)
		case "gif":
			binary.LittleEndian.PutUint16(d[6:], side)
			binary.LittleEndian.PutUint16(d[8:], side)
		case "jpeg":
			i := bytes.Index(d, []byte{0xff, 0xc0})
			binary.BigEndian.PutUint16(d[i+5:], side)
			binary.BigEndian.PutUint16(d[i+7:], side)
		case "bmp":
			binary.LittleEndian.PutUint32(d[18:], side)
			binary.LittleEndian.PutUint32(d[22:], side)
		case "tiff":
			setTag(t, d, 256, side)
			setTag(t, d, 257, side)
		}
		files[name] = d
	}
	// Lossless WebP: signature, then 14 bits each of width-1 and height-1. 16384 is the most that fits.
	files["webp"] = riff("VP8L", []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0})
	return files
}

// decodeFile decodes one file with the default limits.
func decodeFile(path string) (*Image, Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Info{}, err
	}
	defer f.Close()
	return Decode(f, DecodeOptions{})
}

// readPNG reads an expected image with the standard library alone.
func readPNG(t *testing.T, path string) *Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return slowRGB(m)
}

// slowRGB converts an opaque image pixel by pixel through the library's colours.
func slowRGB(m image.Image) *Image {
	b := m.Bounds()
	im := newImage(b.Dx(), b.Dy())
	for y := range im.H {
		for x := range im.W {
			c := color.NRGBAModel.Convert(m.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			copy(im.row(y)[3*x:], []byte{c.R, c.G, c.B})
		}
	}
	return im
}

// difference returns the greatest and the mean difference of levels; 256 for images of different sizes.
func difference(a, b *Image) (most int, mean float64) {
	if a.W != b.W || a.H != b.H {
		return 256, 256
	}
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		d = max(d, -d)
		most, sum = max(most, d), sum+d
	}
	return most, float64(sum) / float64(len(a.Pix))
}

// grayPaletted is m as an image of 256 gray colours.
func grayPaletted(m *image.Gray) *image.Paletted {
	p := image.NewPaletted(m.Rect, nil)
	for i := range 256 {
		p.Palette = append(p.Palette, color.Gray{byte(i)})
	}
	copy(p.Pix, m.Pix)
	return p
}

// riff makes a WebP file of one chunk.
func riff(kind string, data []byte) []byte {
	h := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(12+len(data)))
	h = append(append(h, "WEBP"...), kind...)
	return append(binary.LittleEndian.AppendUint32(h, uint32(len(data))), data...)
}

// setTag overwrites the value of a tag in the first directory of a little-endian TIFF.
func setTag(t *testing.T, d []byte, tag uint16, value uint32) {
	t.Helper()
	at := binary.LittleEndian.Uint32(d[4:])
	n := int(binary.LittleEndian.Uint16(d[at:]))
	for e := d[at+2:]; n > 0; n, e = n-1, e[12:] {
		if binary.LittleEndian.Uint16(e) == tag {
			binary.LittleEndian.PutUint16(e[2:], 4)
			binary.LittleEndian.PutUint32(e[8:], value)
			return
		}
	}
	t.Fatalf("no tag %d", tag)
}
