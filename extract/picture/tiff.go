package picture

import (
	"errors"
	"fmt"

	"golang.org/x/image/tiff"
)

// decodeTIFF decodes the first page with golang.org/x/image/tiff: gray, palette and RGB of 1, 8 or 16 bits,
// uncompressed, PackBits, LZW, Deflate and fax; not CMYK, YCbCr or JPEG-compressed.
func decodeTIFF(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	cfg, err := tiff.DecodeConfig(o.reader(data))
	if err != nil {
		return nil, decoderError(err)
	}
	or, _ := tiffShort(data, tagOrientation)
	if or < 1 || or > 8 {
		or = 1
	}
	info.setSize(cfg.Width, cfg.Height, int(or))
	name, pixel := modelName(cfg.ColorModel)
	info.Color = name
	if p, ok := tiffShort(data, tagPlanar); ok && p == 2 && name != "gray" && name != "gray16" && name != "palette" {
		// The decoder does not look at this tag, and would return noise.
		return nil, fmt.Errorf("%w: TIFF with its colours in separate planes; convert it to JPEG or PNG", errUnsupported)
	}
	// A strip may be the whole image, and its buffer grows by doubling.
	if err := o.check(*info, len(data), 3*pixel); err != nil {
		return nil, err
	}
	m, err := tiff.Decode(o.reader(data))
	if err != nil {
		var bad tiff.FormatError
		if errors.As(err, &bad) && bad == "not enough pixel data" {
			return nil, fmt.Errorf("%w: the pixels end before the image does", errTruncated)
		}
		return nil, decoderError(err)
	}
	return packRGB(m)
}
