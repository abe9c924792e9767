package weights

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"fc7/internal/escape"
	"fc7/internal/pickle"
)

// torchBuilder turns the records of a pickle into tensors; place finds the byte where a storage begins.
type torchBuilder struct {
	src   *source
	place func(*torchStorage) (int64, error)
}

// Metadata that tells where in a PyTorch file the tensors were found.
const (
	metadataStatePath = "pytorch.state_dict" // the keys that lead to it, joined with dots
	metadataPrefix    = "pytorch.prefix"     // what was taken off the names, joined with spaces
)

func (b *torchBuilder) contents(root any) (*contents, error) {
	top := pickle.AsDict(root)
	if top == nil {
		return nil, noState(root)
	}
	state, path := findState(top, 0)
	if state == nil {
		return nil, noState(root)
	}
	c := &contents{metadata: plainFacts(top)}
	for i, v := range state.Values {
		name, isText := state.Keys[i].(string)
		if !isText || !isTorchTensor(v) {
			continue
		}
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("tensor %q: expected a name in UTF-8", escape.Short(name))
		}
		t, err := b.tensor(name, v)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", escape.Short(name), err)
		}
		c.tensors = append(c.tensors, t)
	}
	if len(path) > 0 {
		c.metadata[metadataStatePath] = strings.Join(path, ".")
	}
	var prefixes []string
	if prefix := stripWrappers(c.tensors); prefix != "" {
		prefixes = append(prefixes, prefix)
	}
	if prefixes = append(prefixes, stripInnerWrappers(c.tensors)...); len(prefixes) > 0 {
		c.metadata[metadataPrefix] = strings.Join(prefixes, " ")
	}
	return c, nil
}

func (b *torchBuilder) tensor(name string, v any) (*Tensor, error) {
	view, err := parseTorchView(v, 0)
	if err != nil {
		return nil, err
	}
	count, err := view.check()
	if err != nil {
		return nil, err
	}
	st := view.storage
	off, err := b.place(st)
	if err != nil {
		return nil, err
	}
	t := &Tensor{Name: name, Shape: view.shape, Dtype: st.class.dtype, data: b.src, start: off}
	if count > 0 {
		t.start += (st.offset + view.offset) * int64(st.class.size)
	}
	if !view.dense() {
		t.strides = view.strides
	}
	return t, nil
}

// isTorchTensor tells whether a record would become a tensor, of whatever kind.
func isTorchTensor(v any) bool {
	o, ok := v.(*pickle.Object)
	if !ok {
		return false
	}
	g, ok := o.Callee.(pickle.Global)
	rebuilt := (g.Module == "torch._utils" || g.Module == "torch._tensor") && strings.HasPrefix(g.Name, "_rebuild_")
	return ok && (rebuilt || isTensorClass(g) || isParameterClass(g))
}

// Before 0.4 a tensor was pickled as its class to call and a state to set: (storage, offset, shape, strides) for a
// tensor, and a parameter had its data either as the argument or first in the state.

func isTensorClass(g pickle.Global) bool {
	return pickle.IsName(g, "torch", "Tensor") || pickle.IsName(g, "torch._tensor", "Tensor") || pickle.IsName(g, "torch.tensor", "Tensor")
}

func isParameterClass(g pickle.Global) bool {
	return pickle.IsName(g, "torch.nn.parameter", "Parameter") || pickle.IsName(g, "torch.autograd.variable", "Variable")
}

// parseTorchView reads the arguments of the functions that rebuild a tensor. Parameters and tensors with attributes of
// their own wrap the call of a plain tensor.
func parseTorchView(v any, depth int) (*torchView, error) {
	const deepest = 4
	o, ok := v.(*pickle.Object)
	if !ok || depth > deepest {
		return nil, fmt.Errorf("expected a tensor, found %s", pickle.Describe(v))
	}
	g, _ := o.Callee.(pickle.Global)
	state, _ := o.State.(pickle.Tuple)
	switch {
	case isTensorClass(g) && len(state) == 4:
		return parseTorchArgs(state)
	case isParameterClass(g) && len(o.Args) > 0:
		return parseTorchView(o.Args[0], depth+1)
	case isParameterClass(g) && len(state) == 5:
		return parseTorchView(state[0], depth+1)
	}
	switch g.String() {
	case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
		return parseTorchArgs(o.Args)
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		if len(o.Args) > 0 {
			return parseTorchView(o.Args[0], depth+1)
		}
	case "torch._tensor._rebuild_from_type_v2":
		if inner := plainTensorCall(o.Args); inner != nil {
			return parseTorchView(inner, depth+1)
		}
	}
	return nil, fmt.Errorf("expected a dense tensor, found one made by %s; convert it to a plain float32 tensor", escape.Short(o.Maker()))
}

// plainTensorCall unwraps (function, type, arguments, state) where the type adds nothing to a tensor.
func plainTensorCall(args pickle.Tuple) *pickle.Object {
	if len(args) < 3 {
		return nil
	}
	inner, ok := args[2].(pickle.Tuple)
	class, _ := args[1].(pickle.Global)
	if !ok || !isTensorClass(class) && !isParameterClass(class) {
		return nil
	}
	return &pickle.Object{Callee: args[0], Args: inner}
}

// parseTorchArgs reads (storage, offset, shape, strides, ...).
func parseTorchArgs(args pickle.Tuple) (*torchView, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("expected storage, offset, shape and strides, found %d arguments", len(args))
	}
	st, err := parseTorchStorage(args[0])
	if err != nil {
		return nil, err
	}
	offset, ok := args[1].(int64)
	if !ok {
		return nil, fmt.Errorf("expected an offset, found %s", pickle.Describe(args[1]))
	}
	shape, err := parseInts(args[2])
	if err != nil {
		return nil, fmt.Errorf("shape: %w", err)
	}
	strides, err := parseInts(args[3])
	if err != nil {
		return nil, fmt.Errorf("strides: %w", err)
	}
	return &torchView{storage: st, offset: offset, shape: shape, strides: strides}, nil
}

func parseInts(v any) ([]int, error) {
	var items []any
	switch v := v.(type) {
	case pickle.Tuple:
		items = v
	case *pickle.List:
		items = v.Items
	default:
		return nil, fmt.Errorf("expected a tuple of ints, found %s", pickle.Describe(v))
	}
	if len(items) > maxRank {
		return nil, fmt.Errorf("expected at most %d axes, found %d", maxRank, len(items))
	}
	out := make([]int, len(items))
	for i, item := range items {
		n, ok := item.(int64)
		if !ok || n < 0 || n > math.MaxInt {
			return nil, fmt.Errorf("expected an int of at least 0, found %s", pickle.Describe(item))
		}
		out[i] = int(n)
	}
	return out, nil
}
