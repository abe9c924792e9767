package picture

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/image/bmp"
)

// decodeBMP decodes with golang.org/x/image/bmp: uncompressed images of 1 to 8, 24 or 32 bits a pixel.
func decodeBMP(data []byte, o DecodeOptions, info *Info) (*Image, error) {
	cfg, err := bmp.DecodeConfig(o.reader(data))
	if err != nil {
		return nil, bmpError(err, data)
	}
	info.setSize(cfg.Width, cfg.Height, 1)
	name, pixel := modelName(cfg.ColorModel)
	info.Color = name
	if err := o.check(*info, len(data), pixel); err != nil {
		return nil, err
	}
	m, err := bmp.Decode(o.reader(data))
	if err != nil {
		return nil, bmpError(err, data)
	}
	return packRGB(m)
}

// bmpError says what the decoder's "unsupported" means: the fields are those of BITMAPINFOHEADER, or of OS/2's of 12
// bytes.
func bmpError(err error, data []byte) error {
	if !errors.Is(err, bmp.ErrUnsupported) || len(data) < 34 {
		return decoderError(err)
	}
	size := binary.LittleEndian.Uint32(data[14:])
	bits, method := binary.LittleEndian.Uint16(data[28:]), binary.LittleEndian.Uint32(data[30:])
	if size == 12 {
		bits, method = binary.LittleEndian.Uint16(data[24:]), 0
	}
	const say = "%w: BMP with a header of %d bytes, %d bits a pixel, packed by method %d; read are headers of 40, 108 and 124 bytes, " +
		"1 to 8, 24 or 32 bits, and method 0; convert it to PNG"
	return fmt.Errorf(say, errUnsupported, size, bits, method)
}
