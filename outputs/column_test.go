package outputs

import (
	"math"
	"strings"
	"testing"
)

func TestColumnCheck(t *testing.T) {
	if c := NewColumn("fc7", 256, 4096, Float32); c.Name != "fc7_q256" || c.Layer != "fc7" || c.Scale != 256 || c.Width != 4096 || c.Required {
		t.Errorf("%+v", c)
	}
	half, single := NewColumn("fc7", 256, 1, Float16), NewColumn("fc7", 256, 1, Float32)
	for _, v := range []float32{0, -65504, 65519.996, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())} {
		if err := half.check([]float32{v}); err != nil {
			t.Errorf("%g: %v", v, err)
		}
	}
	for _, v := range []float32{65520, -65520, 1e30, -math.MaxFloat32} {
		if err := half.check([]float32{v}); err == nil || !strings.Contains(err.Error(), "fc7_q256") {
			t.Errorf("%g in float16: %v", v, err)
		}
		if err := single.check([]float32{v}); err != nil {
			t.Errorf("%g in float32: %v", v, err)
		}
	}
	if err := single.check(nil); err == nil || err.Error() != "column fc7_q256: descriptor has 0 values, expected 1" {
		t.Errorf("%v", err)
	}
}
