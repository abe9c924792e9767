package weights

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestOverFeat: a file of the size of one of OverFeat's, which has holes but where numbers were written, is told by
// that, and its tensors are where their layers' order puts them.
func TestOverFeat(t *testing.T) {
	for _, c := range []struct {
		size    int64
		tensors int
		name    string
		at      int64 // of its first number
		shape   []int
	}{
		{4 * 145920872, 16, "conv2.bias", 4 * (34944 + 614400), []int{256}},
		{4 * 145920872, 16, "fc6.weight", 4 * (34944 + 614656 + 1180160 + 4719616 + 9438208), []int{3072, 1024, 6, 6}},
		{4 * 144656488, 18, "fc8.weight", 4 * (144656488 - 4097000), []int{1000, 4096, 1, 1}},
		{4 * 144656488, 18, "conv6.weight", 4 * (14208 + 1204480 + 1180160 + 2359808 + 4719616), []int{1024, 1024, 3, 3}},
	} {
		path := filepath.Join(t.TempDir(), "net_weight")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		var raw [4]byte
		binary.LittleEndian.PutUint32(raw[:], math.Float32bits(0.375))
		if _, err := file.WriteAt(raw[:], c.at); err != nil {
			t.Fatal(err)
		}
		if err := file.Truncate(c.size); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		x := f.Lookup(c.name)
		var got [2]float32
		if x == nil || len(f.Tensors) != c.tensors || f.Format != "overfeat" {
			t.Errorf("%s: %s with %d tensors", c.name, f.Format, len(f.Tensors))
		} else if err := x.ReadFloat32At(got[:], 0); err != nil || got != [2]float32{0.375, 0} {
			t.Errorf("%s: %v, %v", c.name, got, err)
		} else {
			wantShape(t, x, c.shape)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func wantShape(t *testing.T, x *Tensor, shape []int) {
	t.Helper()
	n := 1
	for i, d := range shape {
		n *= d
		if x.Shape[i] != d {
			t.Errorf("%s: shape %v, want %v", x.Name, x.Shape, shape)
			return
		}
	}
	if n != x.Len() {
		t.Errorf("%s: shape %v, want %v", x.Name, x.Shape, shape)
	}
}

// TestNotOverFeat: a file of that size whose first numbers are no weights is none.
func TestNotOverFeat(t *testing.T) {
	s := &source{size: 4 * 145920872, head: make([]byte, 4096)}
	if !sniffOverFeat(s) {
		t.Error("zeros are not taken")
	}
	binary.LittleEndian.PutUint32(s.head[40:], math.Float32bits(float32(math.NaN())))
	if sniffOverFeat(s) {
		t.Error("NaN is taken")
	}
	s.head, s.size = s.head[:0], s.size+4
	if sniffOverFeat(s) {
		t.Error("another size is taken")
	}
}
