package vgg

import (
	"context"
	"fmt"

	"fc7/vgg/weights"
)

// Parameters are the net of a weights file for training: torchvision's names and layout, whatever those of the file
// are.
type Parameters struct {
	Config     Config // FC and Classes are 0 where the file has no such layers
	Preprocess Preprocess
	// Tensors are all parameters in the order of the layers, weight before bias. They read from the file, which must
	// stay open; a number that is not finite is an error.
	Tensors []weights.Source
}

// ParametersOf recognises the net of a weights file; net is the one that is expected, empty: any. Where the file's
// input is BGR the filters of conv1_1 and the preprocessing are turned to RGB.
func ParametersOf(ctx context.Context, f *weights.File, net string) (*Parameters, error) {
	c := &converter{ctx: ctx, f: f, done: &Converted{}, used: map[string]bool{}}
	var err error
	if c.config, c.scheme, err = RecogniseAs(f, net); err != nil {
		return nil, err
	}
	p := &Parameters{Config: c.config}
	if p.Preprocess, err = preprocessFor(f, c.scheme); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	if p.Tensors, err = c.net(); err != nil {
		return nil, err
	}
	if p.Preprocess.Order != "RGB" {
		p.Tensors[0] = turned(p.Tensors[0])
		p.Preprocess = p.Preprocess.turned()
	}
	return p, nil
}

// turned is a convolution of pixels [Out,3,H,W] with its input channels in the opposite order.
func turned(s weights.Source) weights.Source {
	area := s.Shape[2] * s.Shape[3]
	filter := 3 * area
	read := s.ReadAt
	s.ReadAt = func(dst []float32, off int) error {
		one := make([]float32, filter)
		for i := 0; i < len(dst); {
			o, at := (off+i)/filter, (off+i)%filter
			if err := read(one, o*filter); err != nil {
				return err
			}
			for ; at < filter && i < len(dst); at, i = at+1, i+1 {
				dst[i] = one[(2-at/area)*area+at%area]
			}
		}
		return nil
	}
	return s
}

// turned is the preprocessing of the same weights with their input channels in the opposite order.
func (p Preprocess) turned() Preprocess {
	p.Mean[0], p.Mean[2] = p.Mean[2], p.Mean[0]
	p.Std[0], p.Std[2] = p.Std[2], p.Std[0]
	if p.Order == "RGB" {
		p.Order = "BGR"
	} else {
		p.Order = "RGB"
	}
	if k := p.known(); k.Name != p.Name {
		return k
	}
	if p.Name != "" {
		p.Name += " in " + p.Order
	}
	return p
}

// Inputs writes the input of a net in RGB for packed pixels of RGB, to dst of the same length: the numbers that a
// Runner makes of them.
func (p Preprocess) Inputs(dst []float32, pixels []byte) {
	t := p.levels()
	for i := 0; i+3 <= len(pixels); i += 3 {
		for c := range 3 {
			dst[i+c] = t[c][pixels[i+c]]
		}
	}
}
