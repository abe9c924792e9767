package weights

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"fc7/internal/escape"
)

// A .caffemodel is a NetParameter of Caffe's caffe.proto: its layers are LayerParameters in field 100, or in older
// files, the authors' VGG nets among them, V1LayerParameters in field 2. Each layer carries its weights as BlobProtos.

const (
	netName   = 1
	netLayers = 2 // V1LayerParameter
	netLayer  = 100
)

// caffeLayout has the numbers of a layer's fields, which differ between the two messages.
type caffeLayout struct {
	version           string
	name, kind, blobs int
}

var (
	caffeV1 = caffeLayout{version: "V1", name: 4, kind: 5, blobs: 6}
	caffeV2 = caffeLayout{version: "V2", name: 1, kind: 2, blobs: 7}
)

const (
	v0Layer          = 1  // of a V1LayerParameter: the still older V0LayerParameter
	v1InnerProduct   = 14 // V1LayerParameter.LayerType
	maxCaffeName     = 512
	maxCaffeBlobs    = 64 // of a layer; an LSTM has 3, batch normalization 5
	maxSniffedFields = 4096
)

// netKinds are the wire types of the fields that may come before a net's first layer.
var netKinds = map[int]int{
	netName: wireBytes, netLayers: wireBytes, 3: wireBytes, 4: wireVarint, 5: wireVarint, 6: wireBytes, 7: wireVarint,
	8: wireBytes, netLayer: wireBytes,
}

// sniffCaffe walks the fields up to the first layer that has a name: protocol buffers have no signature.
func sniffCaffe(s *source) bool {
	w := &wireReader{src: s}
	named := false
	for pos := int64(0); pos < s.size && w.fields < maxSniffedFields; {
		f, err := w.field(pos, s.size)
		if kind, known := netKinds[f.number]; !known || kind != f.kind || f.number == netName && named {
			return false
		}
		switch f.number {
		case netLayers:
			return w.isCaffeLayer(f.start, min(nextOr(f, s.size), s.size), caffeV1)
		case netLayer:
			return w.isCaffeLayer(f.start, min(nextOr(f, s.size), s.size), caffeV2)
		case netName:
			named = true
		}
		if err != nil {
			return false
		}
		pos = f.next
	}
	return false
}

// nextOr returns where a field ends, or end when it reaches beyond the file.
func nextOr(f wireField, end int64) int64 {
	if f.next == 0 {
		return end
	}
	return f.next
}

// isCaffeLayer tells whether the fields up to a layer's name can be a layer's.
func (w *wireReader) isCaffeLayer(pos, end int64, layout caffeLayout) bool {
	for pos < end && w.fields < maxSniffedFields {
		f, err := w.field(pos, end)
		if err != nil {
			return false
		}
		switch f.number {
		case layout.name:
			name, err := w.text(f, maxCaffeName)
			return err == nil && name != "" && utf8.ValidString(name)
		case 1, 2, 3: // a V0 layer, names of inputs and outputs, the V2 layer's type
			if f.kind != wireBytes {
				return false
			}
			if layout == caffeV1 && f.number == v0Layer {
				return true
			}
		}
		pos = f.next
	}
	return false
}

// caffeReader collects a net's tensors.
type caffeReader struct {
	wireReader
	contents contents
}

func openCaffe(s *source) (*contents, error) {
	r := &caffeReader{wireReader: wireReader{src: s}, contents: contents{metadata: map[string]string{}}}
	err := r.each(0, s.size, func(f wireField) error {
		switch {
		case f.number == netName && f.kind == wireBytes:
			name, err := r.text(f, maxCaffeName)
			if err == nil && utf8.ValidString(name) {
				r.contents.metadata["name"] = name
			}
			return err
		case f.number == netLayers && f.kind == wireBytes:
			return r.layer(f, caffeV1)
		case f.number == netLayer && f.kind == wireBytes:
			return r.layer(f, caffeV2)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(r.contents.tensors) == 0 {
		return nil, errors.New("expected a trained net, found layers without weights (a deploy file?)")
	}
	return &r.contents, nil
}

// layer reads one layer; its fields may come in any order.
func (r *caffeReader) layer(field wireField, layout caffeLayout) error {
	var name string
	var kind string
	var old uint64
	var blobs []wireField
	params := map[int]wireField{}
	err := r.each(field.start, field.next, func(f wireField) (err error) {
		switch {
		case layout == caffeV1 && f.number == v0Layer:
			err = errors.New("expected V1 or V2 layers, found those of Caffe's first version; run Caffe's upgrade_net_proto_binary on it")
		case f.number == layout.name:
			name, err = r.text(f, maxCaffeName)
		case f.number == layout.kind && f.kind == wireVarint:
			old = f.value
		case f.number == layout.kind:
			kind, err = r.text(f, maxCaffeName)
		case f.number == layout.blobs && f.kind == wireBytes:
			if blobs = append(blobs, f); len(blobs) > maxCaffeBlobs {
				err = fmt.Errorf("expected at most %d blobs, found more", maxCaffeBlobs)
			}
		case f.kind == wireBytes:
			params[f.number] = f
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("layer %q: %w", escape.Short(name), err)
	}
	s, err := r.step(name, kind, old, layout == caffeV1, params)
	if err != nil {
		return fmt.Errorf("layer %q: %w", escape.Short(name), err)
	}
	if len(r.contents.layers) == maxLayers {
		return fmt.Errorf("expected at most %d layers, found more", maxLayers)
	}
	r.contents.layers = append(r.contents.layers, *s)
	if len(blobs) == 0 {
		return nil
	}
	inner := kind == "InnerProduct" || layout == caffeV1 && old == v1InnerProduct
	if name == "" || !utf8.ValidString(name) {
		return fmt.Errorf("byte %d: expected a layer with a name in UTF-8, found %q", field.start, escape.Short(name))
	}
	r.contents.metadata["layers"] = layout.version
	for i, f := range blobs {
		t, err := r.blob(f, i, inner)
		if err != nil {
			return fmt.Errorf("layer %q, blob %d: %w", escape.Short(name), i, err)
		}
		t.Name = name + "." + blobName(i)
		r.contents.tensors = append(r.contents.tensors, t)
	}
	return nil
}

func blobName(i int) string {
	switch i {
	case 0:
		return "weight"
	case 1:
		return "bias"
	}
	return "blob" + strconv.Itoa(i)
}
