package weights

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"fc7/internal/escape"
	"fc7/internal/pickle"
)

// NumPy pickles an array as a call of numpy.core.multiarray._reconstruct and a State: (version, shape, dtype, whether
// it is column-major, elements). The elements are a byte string, or a list where they are objects; np.save wraps a
// dictionary in an array of one object. Python 3 writes byte strings of protocol 2 as a call of _codecs.encode(text,
// 'latin1').

// Limits on walking the values, which a hostile pickle may nest and share.
const (
	maxNumpyDepth  = 6
	maxNumpyValues = 1 << 16
	maxNumpyName   = 512
)

// numpyWalk collects the arrays in a pickle's values.
type numpyWalk struct {
	src     *source
	tensors []*Tensor
	values  int
	held    int // bytes of elements that are not left in the file
}

// visit collects the arrays in v, which the file calls name.
func (w *numpyWalk) visit(name string, v any, depth int) error {
	if w.values++; w.values > maxNumpyValues {
		return fmt.Errorf("expected at most %d values, found more", maxNumpyValues)
	}
	if depth > maxNumpyDepth {
		return fmt.Errorf("%q: expected dictionaries and lists nested at most %d deep", escape.Short(name), maxNumpyDepth)
	}
	if d := pickle.AsDict(v); d != nil {
		return w.visitDict(name, d, depth)
	}
	switch v := v.(type) {
	case *pickle.List:
		return w.visitItems(name, v.Items, depth)
	case pickle.Tuple:
		return w.visitItems(name, v, depth)
	case *pickle.Object:
		return w.visitObject(name, v, depth)
	}
	return nil // numbers and texts beside the arrays
}

func (w *numpyWalk) visitDict(name string, d *pickle.Dict, depth int) error {
	for i, v := range d.Values {
		key, err := numpyKey(d.Keys[i])
		if err == nil {
			key, err = joinNumpyName(name, key)
		}
		if err == nil {
			err = w.visit(key, v, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// visitItems names a layer's two arrays as the dictionaries of dictionaries do, and those of longer lists by their
// number.
func (w *numpyWalk) visitItems(name string, items []any, depth int) error {
	for i, v := range items {
		key := strconv.Itoa(i)
		if len(items) <= 2 {
			key = [...]string{"weights", "biases"}[i]
		}
		key, err := joinNumpyName(name, key)
		if err == nil {
			err = w.visit(key, v, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func numpyKey(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case pickle.Bytes: // a Python 2 text that Python 3 saved again
		return string(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	}
	return "", fmt.Errorf("expected a dictionary with texts as keys, found %s", pickle.Describe(v))
}

func joinNumpyName(name, key string) (string, error) {
	if name != "" {
		key = name + "." + key
	}
	if len(key) > maxNumpyName || key == "" || !utf8.ValidString(key) {
		return "", fmt.Errorf("expected a name in UTF-8 of 1 to %d bytes, found %q", maxNumpyName, escape.Short(key))
	}
	return key, nil
}

func (w *numpyWalk) visitObject(name string, o *pickle.Object, depth int) error {
	if isNumpyName(o.Callee, "multiarray", "scalar") {
		return nil
	}
	if !isNumpyName(o.Callee, "multiarray", "_reconstruct") {
		return fmt.Errorf("%q: expected arrays, found %s", escape.Short(name), pickle.Describe(o))
	}
	state, ok := o.State.(pickle.Tuple)
	if !ok || len(state) != 5 {
		return fmt.Errorf("%q: expected the five parts of an array, found %s", escape.Short(name), pickle.Describe(o.State))
	}
	shape, err := numpyPickleShape(state[1])
	if err != nil {
		return fmt.Errorf("%q: %w", escape.Short(name), err)
	}
	if list, ok := state[4].(*pickle.List); ok {
		if len(shape) == 0 && len(list.Items) == 1 { // the array that np.save wraps a dictionary in
			return w.visit(name, list.Items[0], depth+1)
		}
		return w.visitItems(name, list.Items, depth)
	}
	a := &numpyArray{shape: shape}
	switch state[3] {
	case false, int64(0):
	case true, int64(1):
		a.fortran = true
	default:
		return fmt.Errorf("%q: expected the order of an array's elements, found %s", escape.Short(name), pickle.Describe(state[3]))
	}
	if a.descr, err = numpyPickleDtype(state[2]); err == nil {
		err = w.locate(a, state[4])
	}
	if err == nil && name == "" {
		name = numpyName
	}
	var t *Tensor
	if err == nil {
		t, err = a.tensor(name)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", escape.Short(name), err)
	}
	w.tensors = append(w.tensors, t)
	return nil
}

// isNumpyName tells whether v is a name in a module of NumPy's core, which moved in NumPy 2.
func isNumpyName(v any, module, name string) bool {
	return pickle.IsName(v, "numpy.core."+module, name) || pickle.IsName(v, "numpy._core."+module, name)
}

func numpyPickleShape(v any) ([]int, error) {
	sizes, ok := v.(pickle.Tuple)
	if !ok || len(sizes) > maxRank {
		return nil, fmt.Errorf("expected a shape of at most %d axes, found %s", maxRank, pickle.Describe(v))
	}
	shape := make([]int, len(sizes))
	for i, s := range sizes {
		d, ok := s.(int64)
		if !ok || d < 0 || int64(int(d)) != d {
			return nil, fmt.Errorf("expected a size, found %s", pickle.Describe(s))
		}
		shape[i] = int(d)
	}
	return shape, nil
}

// numpyPickleDtype returns the code, with its byte order, of a pickled numpy.dtype: its argument is the code, and its
// state is (version, order, ...).
func numpyPickleDtype(v any) (string, error) {
	o, ok := v.(*pickle.Object)
	if !ok || !pickle.IsName(o.Callee, "numpy", "dtype") || len(o.Args) == 0 {
		return "", fmt.Errorf("expected an element type, found %s", pickle.Describe(v))
	}
	code, isText := o.Args[0].(string)
	state, isTuple := o.State.(pickle.Tuple)
	if !isText || !isTuple || len(state) < 2 {
		return "", fmt.Errorf("expected an element type with its byte order, found %s of state %s", pickle.Describe(o.Args[0]), pickle.Describe(o.State))
	}
	order, isText := state[1].(string)
	if !isText || len(order) != 1 {
		return "", fmt.Errorf("expected a byte order, found %s", pickle.Describe(state[1]))
	}
	return order + code, nil
}

// locate finds where an array's elements are: in the file when they are many, otherwise in the pickle's values.
func (w *numpyWalk) locate(a *numpyArray, v any) error {
	switch v := v.(type) {
	case pickle.Blob:
		a.data, a.start, a.n = w.src, v.Off, v.N
	case pickle.Bytes:
		a.data, a.n = bytes.NewReader(v), int64(len(v))
	case string: // of Python 2
		a.data, a.n = strings.NewReader(v), int64(len(v))
	case *pickle.Object:
		raw, err := latin1Bytes(v)
		if err != nil {
			return err
		}
		// The same text may stand for many arrays.
		if w.held += len(raw); w.held > pickle.MaxText {
			return fmt.Errorf("expected at most %d bytes of arrays written as text, found more; save them with np.save in Python 3", pickle.MaxText)
		}
		a.data, a.n = bytes.NewReader(raw), int64(len(raw))
	default:
		return fmt.Errorf("expected an array's bytes, found %s", pickle.Describe(v))
	}
	return nil
}

// latin1Bytes carries out _codecs.encode(text, 'latin1'), and the bytes() that stands for none.
func latin1Bytes(o *pickle.Object) ([]byte, error) {
	if (pickle.IsName(o.Callee, "__builtin__", "bytes") || pickle.IsName(o.Callee, "builtins", "bytes")) && len(o.Args) == 0 {
		return nil, nil
	}
	if !pickle.IsName(o.Callee, "_codecs", "encode") || len(o.Args) != 2 || o.Args[1] != any("latin1") {
		return nil, fmt.Errorf("expected an array's bytes, found %s", pickle.Describe(o))
	}
	text, ok := o.Args[0].(string)
	if !ok {
		return nil, fmt.Errorf("expected a text to encode, found %s", pickle.Describe(o.Args[0]))
	}
	raw := make([]byte, 0, utf8.RuneCountInString(text))
	for _, r := range text {
		if r > 0xff {
			return nil, fmt.Errorf("expected a text in Latin-1, found character %U", r)
		}
		raw = append(raw, byte(r))
	}
	return raw, nil
}
