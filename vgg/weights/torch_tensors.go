package weights

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"fc7/internal/escape"
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
	top := asDict(root)
	if top == nil {
		return nil, noState(root)
	}
	state, path := findState(top, 0)
	if state == nil {
		return nil, noState(root)
	}
	c := &contents{metadata: plainFacts(top)}
	for i, v := range state.values {
		name, isText := state.keys[i].(string)
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
	o, ok := v.(*pyObject)
	if !ok {
		return false
	}
	g, ok := o.callee.(pyGlobal)
	rebuilt := (g.module == "torch._utils" || g.module == "torch._tensor") && strings.HasPrefix(g.name, "_rebuild_")
	return ok && (rebuilt || isTensorClass(g) || isParameterClass(g))
}

// Before 0.4 a tensor was pickled as its class to call and a state to set: (storage, offset, shape, strides) for a tensor,
// and a parameter had its data either as the argument or first in the state.

func isTensorClass(g pyGlobal) bool {
	return g == pyGlobal{"torch", "Tensor"} || g == pyGlobal{"torch._tensor", "Tensor"} || g == pyGlobal{"torch.tensor", "Tensor"}
}

func isParameterClass(g pyGlobal) bool {
	return g == pyGlobal{"torch.nn.parameter", "Parameter"} || g == pyGlobal{"torch.autograd.variable", "Variable"}
}

// parseTorchView reads the arguments of the functions that rebuild a tensor. Parameters and tensors with attributes of
// their own wrap the call of a plain tensor.
func parseTorchView(v any, depth int) (*torchView, error) {
	const deepest = 4
	o, ok := v.(*pyObject)
	if !ok || depth > deepest {
		return nil, fmt.Errorf("expected a tensor, found %s", describe(v))
	}
	g, _ := o.callee.(pyGlobal)
	state, _ := o.state.(pyTuple)
	switch {
	case isTensorClass(g) && len(state) == 4:
		return parseTorchArgs(state)
	case isParameterClass(g) && len(o.args) > 0:
		return parseTorchView(o.args[0], depth+1)
	case isParameterClass(g) && len(state) == 5:
		return parseTorchView(state[0], depth+1)
	}
	switch g {
	case pyGlobal{"torch._utils", "_rebuild_tensor_v2"}, pyGlobal{"torch._utils", "_rebuild_tensor"}:
		return parseTorchArgs(o.args)
	case pyGlobal{"torch._utils", "_rebuild_parameter"}, pyGlobal{"torch._utils", "_rebuild_parameter_with_state"}:
		if len(o.args) > 0 {
			return parseTorchView(o.args[0], depth+1)
		}
	case pyGlobal{"torch._tensor", "_rebuild_from_type_v2"}:
		if inner := plainTensorCall(o.args); inner != nil {
			return parseTorchView(inner, depth+1)
		}
	}
	return nil, fmt.Errorf("expected a dense tensor, found one made by %s; convert it to a plain float32 tensor", escape.Short(o.maker()))
}

// plainTensorCall unwraps (function, type, arguments, state) where the type adds nothing to a tensor.
func plainTensorCall(args pyTuple) *pyObject {
	if len(args) < 3 {
		return nil
	}
	inner, ok := args[2].(pyTuple)
	class, _ := args[1].(pyGlobal)
	if !ok || !isTensorClass(class) && !isParameterClass(class) {
		return nil
	}
	return &pyObject{callee: args[0], args: inner}
}

// parseTorchArgs reads (storage, offset, shape, strides, ...).
func parseTorchArgs(args pyTuple) (*torchView, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("expected storage, offset, shape and strides, found %d arguments", len(args))
	}
	st, err := parseTorchStorage(args[0])
	if err != nil {
		return nil, err
	}
	offset, ok := args[1].(int64)
	if !ok {
		return nil, fmt.Errorf("expected an offset, found %s", describe(args[1]))
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
	case pyTuple:
		items = v
	case *pyList:
		items = v.items
	default:
		return nil, fmt.Errorf("expected a tuple of ints, found %s", describe(v))
	}
	if len(items) > maxRank {
		return nil, fmt.Errorf("expected at most %d axes, found %d", maxRank, len(items))
	}
	out := make([]int, len(items))
	for i, item := range items {
		n, ok := item.(int64)
		if !ok || n < 0 || n > math.MaxInt {
			return nil, fmt.Errorf("expected an int of at least 0, found %s", describe(item))
		}
		out[i] = int(n)
	}
	return out, nil
}
