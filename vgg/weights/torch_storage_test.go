package weights

import (
	"math"
	"testing"

	"fc7/internal/pickle"
)

func storageID(class string, count int64, more ...any) *pickle.Persistent {
	return &pickle.Persistent{ID: append(pickle.Tuple{"storage", pickle.Global{Module: "torch", Name: class}, "7", "cpu", count}, more...)}
}

func TestParseTorchStorage(t *testing.T) {
	st, err := parseTorchStorage(storageID("HalfStorage", 9))
	if err != nil || st.key != "7" || st.class.dtype != F16 || st.count != 9 || st.part != 9 || st.bytes() != 18 {
		t.Errorf("got %+v, %v", st, err)
	}
	st, err = parseTorchStorage(storageID("FloatStorage", 9, nil))
	if err != nil || st.part != 9 {
		t.Errorf("got %+v, %v", st, err)
	}
	st, err = parseTorchStorage(storageID("FloatStorage", 9, pickle.Tuple{"8", int64(2), int64(7)}))
	if err != nil || st.offset != 2 || st.part != 7 || st.count != 9 {
		t.Errorf("got %+v, %v", st, err)
	}
	for _, part := range []any{
		int64(1),
		pickle.Tuple{"8", int64(2)},
		pickle.Tuple{"8", int64(3), int64(7)},
		pickle.Tuple{"8", int64(-1), int64(1)},
		pickle.Tuple{"8", int64(1), int64(math.MaxInt64)},
		pickle.Tuple{"8", "1", int64(1)},
	} {
		_, err := parseTorchStorage(storageID("FloatStorage", 9, part))
		wantError(t, err, `storage "7"`, "expected a part")
	}
}

func TestStorageClasses(t *testing.T) {
	for name, class := range storageClasses {
		if class.size == 0 || class.reads && class.size != class.dtype.size() {
			t.Errorf("%s: %+v", name, class)
		}
	}
	for _, g := range []pickle.Global{{Module: "torch", Name: "NoStorage"}, {Module: "numpy", Name: "FloatStorage"}} {
		if class := findStorageClass(g); class.size != 0 || class.reads || class.name != g.String() {
			t.Errorf("%s: %+v", g, class)
		}
	}
}

func TestDenseViews(t *testing.T) {
	for _, c := range []struct {
		shape, strides []int
		want           bool
	}{
		{nil, nil, true},
		{[]int{2, 3}, []int{3, 1}, true},
		{[]int{2, 3}, []int{1, 2}, false},
		{[]int{2, 1, 3}, []int{3, 77, 1}, true}, // the stride of a single step means nothing
		{[]int{1}, []int{5}, true},
		{[]int{0, 3}, []int{9, 9}, true},
		{[]int{3}, []int{2}, false},
	} {
		v := &torchView{shape: c.shape, strides: c.strides}
		if got := v.dense(); got != c.want {
			t.Errorf("%v, strides %v: dense is %t", c.shape, c.strides, got)
		}
	}
}
