package weights

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"fc7/internal/escape"
	"fc7/internal/pickle"
)

// storageClass is a class of PyTorch's storages.
type storageClass struct {
	name  string
	dtype Dtype
	size  int  // bytes of an element, 0 for a class unknown here
	reads bool // whether dtype stands for it
}

// storageClasses has the classes by name. The last ones are known only to pass over them.
var storageClasses = map[string]storageClass{
	"FloatStorage":         {dtype: F32, size: 4, reads: true},
	"HalfStorage":          {dtype: F16, size: 2, reads: true},
	"BFloat16Storage":      {dtype: BF16, size: 2, reads: true},
	"DoubleStorage":        {dtype: F64, size: 8, reads: true},
	"LongStorage":          {dtype: I64, size: 8, reads: true},
	"IntStorage":           {dtype: I32, size: 4, reads: true},
	"ShortStorage":         {dtype: I16, size: 2, reads: true},
	"CharStorage":          {dtype: I8, size: 1, reads: true},
	"ByteStorage":          {dtype: U8, size: 1, reads: true},
	"BoolStorage":          {dtype: Bool, size: 1, reads: true},
	"ComplexFloatStorage":  {size: 8},
	"ComplexDoubleStorage": {size: 16},
	"QInt8Storage":         {size: 1},
	"QUInt8Storage":        {size: 1},
	"QInt32Storage":        {size: 4},
	"UntypedStorage":       {size: 1},
}

// torchStorage is a reference to a storage: the tuple ('storage', class, key, device, count), in the legacy form with a
// sixth item, None or (key, offset, count) of a part of it.
type torchStorage struct {
	key    string
	class  storageClass
	count  int64 // elements of the whole storage
	offset int64 // where the part begins
	part   int64 // elements of the part; count when there is none
}

func (st *torchStorage) bytes() int64 { return st.count * int64(st.class.size) }

func parseTorchStorage(v any) (*torchStorage, error) {
	p, ok := v.(*pickle.Persistent)
	if !ok {
		return nil, fmt.Errorf("expected a reference to a storage, found %s", pickle.Describe(v))
	}
	id, ok := p.ID.(pickle.Tuple)
	if !ok || len(id) < 5 || len(id) > 6 || id[0] != "storage" {
		return nil, fmt.Errorf("expected a reference to a storage, found one to %s", pickle.Describe(p.ID))
	}
	class, isGlobal := id[1].(pickle.Global)
	key, isText := id[2].(string)
	count, isInt := id[4].(int64)
	if !isGlobal || !isText || !isInt || count < 0 {
		return nil, fmt.Errorf("expected a storage's class, key and count, found %s, %s and %s",
			pickle.Describe(id[1]), pickle.Describe(id[2]), pickle.Describe(id[4]))
	}
	st := &torchStorage{key: key, count: count, part: count, class: findStorageClass(class)}
	if st.class.size > 0 && count > math.MaxInt64/int64(st.class.size) {
		return nil, fmt.Errorf("storage %q: %d elements are more than a file can hold", escape.Short(key), count)
	}
	if len(id) == 6 && id[5] != nil {
		return st, st.narrow(id[5])
	}
	return st, nil
}

// findStorageClass accepts the classes of the CPU and those of a GPU, torch.cuda.FloatStorage: the bytes are the same.
func findStorageClass(g pickle.Global) storageClass {
	var class storageClass
	if g.Module == "torch" || g.Module == "torch.cuda" || g.Module == "torch.storage" {
		class = storageClasses[g.Name]
	}
	class.name = g.String()
	return class
}

// narrow applies the legacy form's part of a storage.
func (st *torchStorage) narrow(v any) error {
	view, ok := v.(pickle.Tuple)
	if !ok || len(view) != 3 {
		return fmt.Errorf("storage %q: expected a part (key, offset, count), found %s", escape.Short(st.key), pickle.Describe(v))
	}
	offset, isInt := view[1].(int64)
	part, isInt2 := view[2].(int64)
	if !isInt || !isInt2 || offset < 0 || part < 0 || offset > st.count || part > st.count-offset {
		return fmt.Errorf("storage %q: expected a part within its %d elements, found %s elements from %s on",
			escape.Short(st.key), st.count, pickle.Describe(view[2]), pickle.Describe(view[1]))
	}
	st.offset, st.part = offset, part
	return nil
}

// torchView is a tensor as PyTorch rebuilds it: a window onto a storage.
type torchView struct {
	storage *torchStorage
	offset  int64 // elements
	shape   []int
	strides []int // elements
}

// check wants every element of the view inside its storage, and no more elements than the storage has: a view that
// repeats elements could ask for any amount of memory.
func (v *torchView) check() (count int, err error) {
	if !v.storage.class.reads {
		return 0, fmt.Errorf("elements of %s are not supported; convert the tensor to float32", escape.Short(v.storage.class.name))
	}
	if len(v.shape) != len(v.strides) {
		return 0, fmt.Errorf("expected a stride for each axis of shape %v, found strides %v", v.shape, v.strides)
	}
	count, err = elements(v.shape, v.storage.class.size)
	if err != nil || count == 0 {
		return count, err
	}
	last := v.offset
	for i, d := range v.shape {
		step := int64(v.strides[i])
		if step < 0 || v.offset < 0 || d > 1 && step > (math.MaxInt64-last)/int64(d-1) {
			return 0, errors.New("expected offset and strides of at least 0, within the storage")
		}
		last += step * int64(d-1)
	}
	if v.offset < 0 || last >= v.storage.part {
		return 0, fmt.Errorf("expected a view within its storage of %d elements, found one of shape %v, strides %v, from %d on",
			v.storage.part, v.shape, v.strides, v.offset)
	}
	if int64(count) > v.storage.part {
		return 0, fmt.Errorf("expected at most the %d elements of its storage, found a view of %d that repeats them; "+
			"save tensor.contiguous()", v.storage.part, count)
	}
	return count, nil
}

// dense tells whether the elements, if any, lie in row-major order without gaps.
func (v *torchView) dense() bool {
	if slices.Contains(v.shape, 0) {
		return true
	}
	step := 1
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] > 1 && v.strides[i] != step {
			return false
		}
		step *= v.shape[i]
	}
	return true
}
