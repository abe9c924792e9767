package weights

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/internal/matfile"
)

// MatConvNet has two kinds of nets, saved as a struct net or with its fields as variables (manual, "Pre-trained models"
// and vl_simplenn_tidy). A SimpleNN has a cell array layers of structs with name, type and weights {filters, biases},
// in old files filters and biases. A DagNN has a struct array layers, each with name, type and the names of its params,
// and a struct array params with name and value.
//
// Tensors are named LAYER.filters and LAYER.biases, those of batch normalisation .multipliers, .biases and .moments,
// and others .weights1, .weights2 and so on. Filters are [height, width, inputs, outputs]; fully connected layers are
// convolutions.

// Metadata of MatConvNet files: averageImage is the mean R, G and B, and its size that of the image it is the mean of.
const (
	metaAverageImage = "matconvnet.averageImage"
	metaAverageSize  = "matconvnet.averageImageSize"
	metaImageSize    = "matconvnet.imageSize"
)

// maxLayers bounds the layers of a net.
const maxLayers = 1 << 14

type matconvnet struct {
	tensors []*Tensor
	steps   []Step
	used    map[string]bool
}

func openMatConvNet(variables []matfile.Variable) (*contents, error) {
	net, err := matconvnetField(variables)
	if err != nil {
		return nil, err
	}
	layers, err := net("layers")
	if err != nil {
		return nil, err
	}
	m := &matconvnet{used: map[string]bool{}}
	switch {
	case matfile.Len(layers) > maxLayers:
		return nil, fmt.Errorf("expected at most %d layers, found %d", maxLayers, matfile.Len(layers))
	case layers.Class() == "cell":
		err = m.simple(layers)
	case layers.Class() == "struct":
		err = m.dag(layers, net)
	default:
		err = fmt.Errorf("expected layers in a cell array (SimpleNN) or a struct array (DagNN), found a %s array", layers.Class())
	}
	if err != nil {
		return nil, err
	}
	if len(m.tensors) == 0 {
		return nil, fmt.Errorf("expected layers with weights, found %d layers and no weights", matfile.Len(layers))
	}
	c := &contents{tensors: m.tensors, metadata: map[string]string{}, inOrder: true, layers: m.steps}
	return c, normalization(net, c.metadata)
}

// field is how a net's fields are looked up, nil when there is none of that name.
type field func(name string) (matfile.Value, error)

// matconvnetField finds the net: the variables themselves, or the struct among them that has layers.
func matconvnetField(variables []matfile.Variable) (field, error) {
	var names []string
	byName := map[string]matfile.Value{}
	for _, v := range variables {
		names = append(names, v.Name)
		byName[v.Name] = v.Value
	}
	if byName["layers"] != nil {
		return func(name string) (matfile.Value, error) { return byName[name], nil }, nil
	}
	for _, v := range variables {
		layers, err := fieldOf(v.Value, 0, "layers")
		if err != nil {
			return nil, fmt.Errorf("variable %q: %w", escape.Short(v.Name), err)
		}
		if layers != nil {
			return func(name string) (matfile.Value, error) { return fieldOf(v.Value, 0, name) }, nil
		}
	}
	if len(names) == 0 {
		return nil, errors.New("expected a MatConvNet net, found no variables")
	}
	return nil, fmt.Errorf("expected a MatConvNet net (a struct with layers, or layers among the variables), found the variables %s; "+
		"an object is saved as a struct by net.saveobj()", few.Quoted(names, 5))
}

// fieldOf is Field for values that may be no structs, or empty.
func fieldOf(v matfile.Value, i int, name string) (matfile.Value, error) {
	if v == nil || v.Class() != "struct" || i >= matfile.Len(v) {
		return nil, nil
	}
	return v.Field(i, name)
}

func textOf(v matfile.Value, i int, name string) (string, error) {
	f, err := fieldOf(v, i, name)
	if err != nil {
		return "", err
	}
	return matfile.Text(f)
}

// kinds are what the weights of a layer are called, by its type.
var matconvnetKinds = map[string][]string{
	"conv": {"filters", "biases"}, "convt": {"filters", "biases"}, "bnorm": {"multipliers", "biases", "moments"},
	"dagnn.Conv": {"filters", "biases"}, "dagnn.ConvTranspose": {"filters", "biases"},
	"dagnn.BatchNorm": {"multipliers", "biases", "moments"},
}

// simple reads the layers of a SimpleNN.
func (m *matconvnet) simple(layers matfile.Value) error {
	for i := range matfile.Len(layers) {
		layer, err := layers.Cell(i)
		if err == nil {
			err = m.simpleLayer(layer, i)
		}
		if err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return nil
}

func (m *matconvnet) simpleLayer(layer matfile.Value, i int) error {
	if layer.Class() != "struct" {
		return fmt.Errorf("expected a struct, found a %s array", layer.Class())
	}
	name, err := textOf(layer, 0, "name")
	if err != nil {
		return err
	}
	kind, err := textOf(layer, 0, "type")
	if err != nil {
		return err
	}
	said := kind
	var values []matfile.Value
	weights, err := fieldOf(layer, 0, "weights")
	if err != nil {
		return err
	}
	if weights != nil && weights.Class() == "cell" {
		for k := range min(matfile.Len(weights), maxLayers) {
			v, err := weights.Cell(k)
			if err != nil {
				return err
			}
			values = append(values, v)
		}
	} else {
		kind = "conv" // the only layers that had weights then
		for _, old := range matconvnetKinds[kind] {
			v, err := fieldOf(layer, 0, old)
			if err != nil {
				return err
			}
			if v != nil {
				values = append(values, v)
			}
		}
	}
	name = m.unique(name, i)
	return errors.Join(m.step(name, said, layer), m.add(name, kind, values))
}

// unique is a layer's name, or, where another layer with weights has it or it is empty, its number.
func (m *matconvnet) unique(name string, i int) string {
	if name == "" || m.used[name] {
		name += "#" + strconv.Itoa(i+1)
	}
	return name
}

// add makes tensors of a layer's weights; empty ones are left out.
func (m *matconvnet) add(layer, kind string, values []matfile.Value) error {
	names := matconvnetKinds[kind]
	for k, v := range values {
		if matfile.Len(v) == 0 {
			continue
		}
		what, rank := "weights"+strconv.Itoa(k+1), 0
		if k < len(names) {
			what = names[k]
		}
		switch what {
		case "filters":
			rank = 4
		case "biases", "multipliers":
			rank = 1
		}
		t, err := matlabTensor(v, layer+"."+what, rank)
		if err != nil {
			return err
		}
		m.used[layer] = true
		m.tensors = append(m.tensors, t)
	}
	return nil
}

// dag reads the layers of a DagNN; what no layer uses is not read.
func (m *matconvnet) dag(layers matfile.Value, net field) error {
	params, err := net("params")
	if err != nil {
		return err
	}
	values := map[string]matfile.Value{}
	if params != nil && params.Class() == "struct" {
		for i := range min(matfile.Len(params), maxLayers) {
			name, err := textOf(params, i, "name")
			if err != nil {
				return fmt.Errorf("parameter %d: %w", i+1, err)
			}
			if values[name], err = fieldOf(params, i, "value"); err != nil {
				return fmt.Errorf("parameter %q: %w", escape.Short(name), err)
			}
		}
	}
	for i := range matfile.Len(layers) {
		if err := m.dagLayer(layers, i, values); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return nil
}

func (m *matconvnet) dagLayer(layers matfile.Value, i int, params map[string]matfile.Value) error {
	name, err := textOf(layers, i, "name")
	if err != nil {
		return err
	}
	kind, err := textOf(layers, i, "type")
	if err != nil {
		return err
	}
	var block matfile.Value
	if matconvnetOps[kind] != "" { // of other types it may be a struct without fields
		if block, err = fieldOf(layers, i, "block"); err != nil {
			return err
		}
	}
	name = m.unique(name, i)
	if err := m.step(name, kind, block); err != nil {
		return err
	}
	list, err := fieldOf(layers, i, "params")
	if err != nil || list == nil || list.Class() != "cell" {
		return err
	}
	var values []matfile.Value
	for k := range min(matfile.Len(list), maxLayers) {
		v, err := list.Cell(k)
		if err != nil {
			return err
		}
		param, err := matfile.Text(v)
		if err != nil {
			return err
		}
		value := params[param]
		if value == nil {
			return fmt.Errorf("%q: expected a parameter %q, found none of that name", escape.Short(name), escape.Short(param))
		}
		values = append(values, value)
	}
	return m.add(name, kind, values)
}

// normalization keeps what the net says of its images: averageImage is a mean of each channel, or of each pixel, of
// which the mean over the pixels is taken.
func normalization(net field, metadata map[string]string) error {
	holder, err := net("meta")
	if err != nil {
		return err
	}
	n, err := fieldOf(holder, 0, "normalization")
	if err == nil && n == nil {
		n, err = net("normalization")
	}
	if err != nil || n == nil {
		return err
	}
	size, err := fieldOf(n, 0, "imageSize")
	if err != nil {
		return err
	}
	sizes, err := matfile.Numbers(size)
	if err != nil {
		return fmt.Errorf("imageSize: %w", err)
	}
	if len(sizes) > 0 {
		metadata[metaImageSize] = joined(sizes[:min(len(sizes), 4)], "x")
	}
	mean, err := fieldOf(n, 0, "averageImage")
	if err != nil || mean == nil {
		return err
	}
	values, err := matfile.Numbers(mean)
	if err != nil {
		return fmt.Errorf("averageImage: %w", err)
	}
	if len(values) > 0 && len(values)%3 == 0 {
		metadata[metaAverageImage] = joined(channelMeans(values), " ")
		var dims []float64
		for _, d := range mean.Dims() {
			dims = append(dims, float64(d))
		}
		metadata[metaAverageSize] = joined(dims, "x")
	}
	return nil
}

// channelMeans are the means of the three parts of a column-major array whose last size is 3.
func channelMeans(values []float64) []float64 {
	n := len(values) / 3
	means := make([]float64, 3)
	for c := range means {
		for _, v := range values[c*n : (c+1)*n] {
			means[c] += v / float64(n)
		}
	}
	return means
}

func joined(values []float64, sep string) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = strconv.FormatFloat(float64(float32(v)), 'g', -1, 32)
	}
	return strings.Join(texts, sep)
}
