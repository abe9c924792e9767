package weights

import (
	"errors"
	"fmt"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/hdf5"
)

// Keras writes weights in three layouts. Those of Keras 1 and 2 list the layers in an attribute layer_names, on the
// root (save_weights) or on the group model_weights (save); each layer is a group that lists its tensors in
// weight_names. Keras 3 (.weights.h5, or model.weights.h5 in a .keras archive) has groups layers/LAYER/vars with
// tensors 0, 1, ... and no lists; a model within a model is a layer with layers.
//
// All become LAYER/kernel, LAYER/bias and so on. Kernels stay [height, width, inputs, outputs], dense ones [inputs,
// outputs].

// openKeras reads the weights of a file that Keras wrote; nil when it did not.
func openKeras(f *hdf5.File, root *hdf5.Object) (*contents, error) {
	group := root
	if model, err := root.Lookup("model_weights"); err != nil {
		return nil, err
	} else if model != nil {
		group = model
	}
	k := &kerasReader{file: f}
	c := &contents{metadata: map[string]string{}}
	layers, listed, err := kerasNames(group, "layer_names")
	if err != nil {
		return nil, err
	}
	if listed {
		if err := k.version(c, root, group); err != nil {
			return nil, err
		}
		c.inOrder = true
		if err := c.kerasConfig(root); err != nil {
			return nil, err
		}
		err = k.listed(group, layers)
	} else {
		var known bool
		if known, err = k.vars(group); !known && err == nil {
			return nil, nil
		}
	}
	if err != nil {
		return nil, err
	}
	c.tensors = k.named()
	return c, nil
}

// kerasConfig reads what the layers compute, where the model was saved whole.
func (c *contents) kerasConfig(root *hdf5.Object) error {
	config, err := root.Strings("model_config")
	if err == nil && len(config) == 1 {
		c.layers, err = readKerasConfig([]byte(config[0]), false)
	}
	if err != nil {
		return fmt.Errorf("model_config: %w", err)
	}
	return nil
}

// kerasNames reads a list of names, which Keras splits into NAME0, NAME1, ... where one attribute would be too large.
func kerasNames(o *hdf5.Object, name string) (names []string, listed bool, err error) {
	if listed, err = o.HasAttribute(name); err != nil {
		return nil, false, err
	}
	if listed { // an empty list is stored as numbers, of which there are none
		names, err = o.Strings(name)
		return names, true, err
	}
	for i := 0; ; i++ {
		part, err := o.Strings(fmt.Sprintf("%s%d", name, i))
		if err != nil || part == nil {
			return names, i > 0, err
		}
		names = append(names, part...)
	}
}

type kerasReader struct {
	file    *hdf5.File
	tensors []kerasTensor
}

// kerasTensor is a tensor with the names that it may get: the short one where no other tensor has it, else the long
// one.
type kerasTensor struct {
	*Tensor
	short, long string
}

// version keeps what the file says of its writer. The Theano backend stored its kernels turned by 180 degrees.
func (k *kerasReader) version(c *contents, objects ...*hdf5.Object) error {
	for _, name := range []string{"keras_version", "backend"} {
		for _, o := range objects {
			text, err := o.Strings(name)
			if err != nil {
				return err
			}
			if len(text) == 1 {
				c.metadata["keras."+strings.TrimPrefix(name, "keras_")] = text[0]
			}
		}
	}
	if c.metadata["keras.backend"] == "theano" {
		return errors.New("expected kernels as the TensorFlow backend has them, found those of the Theano backend, which are turned by " +
			"180 degrees; load the file in Keras and save it with the TensorFlow backend")
	}
	return nil
}

// listed reads the layers of Keras 1 and 2.
func (k *kerasReader) listed(group *hdf5.Object, layers []string) error {
	for _, layer := range layers {
		o, err := kerasPath(group, layer)
		if err != nil {
			return fmt.Errorf("layer %q: %w", escape.Short(layer), err)
		}
		tensors, _, err := kerasNames(o, "weight_names")
		if err != nil {
			return fmt.Errorf("layer %q: %w", escape.Short(layer), err)
		}
		for _, name := range tensors {
			dataset, err := kerasPath(o, name)
			if err != nil {
				return fmt.Errorf("layer %q: %w", escape.Short(layer), err)
			}
			if err := k.add(dataset, kerasName(layer, name), layer+"/"+cutIndex(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// kerasPath follows a name with slashes.
func kerasPath(o *hdf5.Object, path string) (*hdf5.Object, error) {
	const deepest = 64
	parts := strings.Split(path, "/")
	if len(parts) > deepest {
		return nil, fmt.Errorf("expected a path of at most %d names, found %d", deepest, len(parts))
	}
	for _, name := range parts {
		next, err := o.Lookup(name)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return nil, fmt.Errorf("expected %q, which the file lists, found none", escape.Short(path))
		}
		o = next
	}
	return o, nil
}

func (k *kerasReader) add(o *hdf5.Object, short, long string) error {
	if len(k.tensors) == maxDatasets {
		return fmt.Errorf("expected at most %d tensors, found more", maxDatasets)
	}
	t, found, err := hdf5Tensor(o, long)
	if err != nil {
		return fmt.Errorf("%q: %w", escape.Short(long), err)
	}
	if t == nil {
		return fmt.Errorf("%q: expected numbers, found %s", escape.Short(long), found)
	}
	k.tensors = append(k.tensors, kerasTensor{t, short, long})
	return nil
}

// named gives the tensors their names.
func (k *kerasReader) named() []*Tensor {
	times := map[string]int{}
	for _, t := range k.tensors {
		times[t.short]++
	}
	out := make([]*Tensor, 0, len(k.tensors))
	for _, t := range k.tensors {
		t.Name = t.short
		if times[t.short] > 1 {
			t.Name = t.long
		}
		out = append(out, t.Tensor)
	}
	return out
}

// cutIndex takes TensorFlow's ":0" off a name.
func cutIndex(name string) string {
	short, _, _ := strings.Cut(name, ":")
	return short
}

// keras1 are the ends of Keras 1's names and what Keras 2 calls the same.
var keras1 = []struct{ end, kind string }{
	{"_W", "kernel"},
	{"_b", "bias"},
	{"_gamma", "gamma"},
	{"_beta", "beta"},
	{"_running_mean", "moving_mean"},
	{"_running_std", "moving_variance"},
}

// kerasName is LAYER/kind for a tensor that a layer lists: block1_conv1_W_1:0 (Keras 1), block1_conv1/kernel:0 (Keras
// 2), and the same below a model that is a layer of another (layer vgg16, tensor block1_conv1/kernel:0).
func kerasName(layer, name string) string {
	name = cutIndex(name)
	if dir, kind, nested := cutLast(name, "/"); nested {
		if _, owner, deep := cutLast(dir, "/"); deep && dir != layer && !strings.HasSuffix(dir, "/"+layer) {
			return owner + "/" + kind
		}
		if strings.HasSuffix(dir, "/"+layer) {
			dir = layer
		}
		if k1 := keras1Name(dir, kind); k1 != "" {
			return k1
		}
		return dir + "/" + kind
	}
	if k1 := keras1Name("", name); k1 != "" {
		return k1
	}
	return layer + "/" + name
}

// keras1Name is the name of a tensor LAYER_W, LAYER_W_1 and the like below dir; "" when it is none.
func keras1Name(dir, name string) string {
	if stem, number, ok := cutLast(name, "_"); ok && number != "" && strings.Trim(number, "0123456789") == "" {
		name = stem
	}
	for _, k := range keras1 {
		if owner, ok := strings.CutSuffix(name, k.end); ok && owner != "" {
			if dir != "" {
				owner = dir + "/" + owner
			}
			return owner + "/" + k.kind
		}
	}
	return ""
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(sep):], true
}

// kerasVars names the tensors of Keras 3's layers, whose names begin with the layer's class.
var kerasVars = []struct {
	class string
	names []string
}{
	{"conv2d", []string{"kernel", "bias"}},
	{"dense", []string{"kernel", "bias"}},
	{"batch_normalization", []string{"gamma", "beta", "moving_mean", "moving_variance"}},
}

// vars reads the layers of Keras 3; known is false where the file has none. Their names are the class and a number in
// the order of the model (conv2d, conv2d_1), for Keras 3 does not store the names of layers; those of a model within a
// model have its name before theirs (functional/conv2d).
func (k *kerasReader) vars(root *hdf5.Object) (known bool, err error) {
	w := &kerasWalk{k: k, seen: map[uint64]bool{}}
	if err := w.group(root, "", 0); err != nil {
		return false, err
	}
	return w.known, nil
}

// kerasWalk goes through the groups of a Keras 3 file: of layers, of models with layers, and of models that a model has
// as attributes.
type kerasWalk struct {
	k     *kerasReader
	seen  map[uint64]bool // links may go in circles
	known bool
}

func (w *kerasWalk) group(o *hdf5.Object, path string, depth int) error {
	const deepest = 64
	if w.seen[o.Address()] {
		return nil
	}
	w.seen[o.Address()] = true
	if depth > deepest || len(w.seen) > maxDatasets {
		return fmt.Errorf("expected at most %d groups, %d deep, found more", maxDatasets, deepest)
	}
	links, err := o.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Soft != "" || depth == 0 && l.Name == "optimizer" {
			continue
		}
		child, err := w.k.file.Object(l.Address)
		if err != nil {
			return err
		}
		if err := w.child(child, path, l.Name, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *kerasWalk) child(o *hdf5.Object, path, name string, depth int) error {
	switch {
	case o.IsDataset():
		return nil
	case name == "vars" && path != "":
		w.known = true
		return w.k.layerVars(o, path)
	case name == "vars": // of the model itself: counters
		return nil
	case name == "layers" || name == "_layer_checkpoint_dependencies":
	case path != "":
		path += "/" + name
	default:
		path = name
	}
	return w.group(o, path, depth+1)
}

func (k *kerasReader) layerVars(vars *hdf5.Object, layer string) error {
	links, err := vars.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		o, err := k.file.Object(l.Address)
		if err != nil {
			return err
		}
		name := layer + "/" + kerasVar(layer, l.Name)
		if err := k.add(o, name, name); err != nil {
			return err
		}
	}
	return nil
}

func kerasVar(layer, number string) string {
	_, layer, _ = cutLast(layer, "/")
	for _, v := range kerasVars {
		rest, ok := strings.CutPrefix(layer, v.class)
		if !ok || rest != "" && (rest[0] != '_' || strings.Trim(rest[1:], "0123456789") != "") {
			continue
		}
		for i, name := range v.names {
			if number == fmt.Sprint(i) {
				return name
			}
		}
	}
	return "vars/" + number
}
