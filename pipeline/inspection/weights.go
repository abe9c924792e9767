package inspection

import (
	"cmp"
	"context"
	"fmt"

	"fc7/internal/escape"
	"fc7/pipeline/download"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// Inspection is what a weights file holds, as far as it can be told.
type Net struct {
	Path       string            `json:"path,omitempty"`
	Format     string            `json:"format,omitempty"`
	Bytes      int64             `json:"bytes,omitempty"`
	SHA256     string            `json:"sha256,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	Net        string            `json:"net,omitempty"` // empty: no VGG
	Paper      string            `json:"paper,omitempty"`
	NotVGG     string            `json:"not_vgg,omitempty"`       // why not
	Rounding   string            `json:"pool_rounding,omitempty"` // of odd sides by max-pooling: floor or ceil
	LRN        string            `json:"lrn,omitempty"`           // constants of the normalisation where they are not A-LRN's own
	Headless   string            `json:"headless,omitempty"`      // why there are no fully connected layers
	Names      string            `json:"tensor_names,omitempty"`
	Preprocess *vgg.Preprocess   `json:"preprocessing,omitempty"`
	Expected   *vgg.Expected     `json:"expected,omitempty"` // of pixels: how the preprocessing was decided, and what speaks against it
	Prefixes   []string          `json:"prefixes,omitempty"` // of tensor names under which the file holds nets; nil: one net, or none
	Params     int               `json:"parameters,omitempty"`
	Layers     []Layer           `json:"layers,omitempty"`
	Tensors    []Tensor          `json:"tensors,omitempty"`
	NonFinite  int               `json:"non_finite"` // numbers that are NaN or infinite
}

// Layer is a row of the layer table, for an image of the size that the net was made for: 224 x 224 pixels.
type Layer struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Kernel    int    `json:"kernel"`
	Step      int    `json:"step"`
	Pad       [4]int `json:"pad"` // top, left, bottom, right
	Groups    int    `json:"groups"`
	Window    string `json:"-"` // kernel, and what differs from VGG's, in words
	Channels  int    `json:"channels"`
	Height    int    `json:"height"`
	Width     int    `json:"width"`
	Params    int    `json:"parameters"`
	Receptive int    `json:"receptive_field"`
	Stride    int    `json:"stride"`
	MapBytes  int    `json:"map_bytes"`
	Multiply  int64  `json:"multiply_adds"`
}

// Tensor is a tensor with its statistics, if they were asked for.
type Tensor struct {
	Name  string              `json:"name"`
	Dtype string              `json:"dtype"`
	Shape []int               `json:"shape"`
	Stats *weights.Statistics `json:"statistics,omitempty"`
}

// OfNet describes a net of the table, without weights.
func OfNet(name string) (Net, error) {
	c, err := vgg.Lookup(name)
	if err != nil {
		return Net{}, err
	}
	var in Net
	in.net(c)
	return in, nil
}

func (in *Net) net(c vgg.Config) {
	in.Net, in.Paper, in.Params = c.Name, c.Paper, c.Params()
	for _, l := range c.Layers() {
		h, w := l.Size(c.Side(), c.Side())
		in.Layers = append(in.Layers, Layer{
			Name: l.Name, Kind: l.Kind.String(), Kernel: l.Kernel, Step: l.Step, Pad: l.Pad, Groups: l.Groups, Window: window(c, l), Channels: l.Out, Height: h, Width: w, Params: l.Params(),
			Receptive: l.Receptive, Stride: l.Stride, MapBytes: 4 * h * w * l.Out, Multiply: l.MultiplyAdds(h, w),
		})
	}
}

// window tells a layer's kernel, and of nets without VGG's blocks the step, padding and groups that are not 1, 0 and 1.
func window(c vgg.Config, l vgg.Layer) string {
	text := fmt.Sprintf("%dx%[1]d", l.Kernel)
	if c.VGG() {
		return text
	}
	if l.Step > 1 {
		text += fmt.Sprintf("/%d", l.Step)
	}
	if l.Pad != [4]int{} {
		text += fmt.Sprintf(" pad %d", l.Pad[0])
	}
	if l.Groups > 1 {
		text += fmt.Sprintf(" groups %d", l.Groups)
	}
	return text
}

// OfWeights describes a weights file; stats reads every tensor.
func OfWeights(ctx context.Context, path string, as download.Reading, stats bool) (in Net, err error) {
	f, err := download.Open(path, as)
	if err != nil {
		return Net{}, err
	}
	defer f.Close()
	in = Net{Path: f.Path, Format: f.Format, Bytes: f.Size, Metadata: f.Metadata}
	if in.SHA256, err = f.Digest(ctx); err != nil {
		return in, err
	}
	c, scheme, err := vgg.Recognise(f.File)
	if err != nil {
		in.NotVGG = err.Error()
	} else {
		in.net(c)
		in.Names, in.Rounding, in.LRN = scheme.Name, c.Rounding(), c.Constants()
		if c.FC == 0 {
			in.Headless = cmp.Or(c.Headless, "the file has no fully connected layers")
		}
		e, err := vgg.ExpectedOf(ctx, f.File)
		if err != nil {
			return in, err
		}
		in.Preprocess, in.Expected = &e.Preprocess, &e
	}
	if all := vgg.Prefixes(f.File); len(all) > 1 {
		in.Prefixes = all
	}
	for _, t := range f.Tensors {
		it := Tensor{Name: t.Name, Dtype: t.Dtype.String(), Shape: t.Shape}
		if stats {
			s, err := t.Statistics(ctx)
			if err != nil {
				return in, fmt.Errorf("%s: tensor %s: %w", path, escape.Line(t.Name), err)
			}
			it.Stats = &s
			in.NonFinite += s.NonFinite
		}
		in.Tensors = append(in.Tensors, it)
	}
	return in, nil
}
