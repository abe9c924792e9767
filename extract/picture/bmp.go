package picture

import (
	"errors"
	"fmt"

	"golang.org/x/image/bmp"
)

// decodeBMP decodes with golang.org/x/image/bmp: uncompressed images of 1 to 8, 24 or 32 bits a pixel.
func decodeBMP(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	cfg, err := bmp.DecodeConfig(o.reader(data))
	if err != nil {
		return nil, bmpError(err)
	}
	info.setSize(cfg.Width, cfg.Height, 1)
	name, pixel := modelName(cfg.ColorModel)
	info.Color = name
	if err := o.check(*info, len(data), pixel); err != nil {
		return nil, err
	}
	m, err := bmp.Decode(o.reader(data))
	if err != nil {
		return nil, bmpError(err)
	}
	return packRGB(m)
}

// bmpError says what the decoder's "unsupported" means.
func bmpError(err error) error {
	if errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%w: only uncompressed BMP of 1 to 8, 24 or 32 bits a pixel is read; convert it to PNG", errUnsupported)
	}
	return decoderError(err)
}
