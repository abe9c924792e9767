package f32

import "testing"

func TestPeak(t *testing.T) {
	for _, name := range Available() {
		before := Kernels()
		if err := Use(name); err != nil {
			t.Fatal(err)
		}
		one := Peak(1)
		t.Logf("%s: %.1f GFLOP/s on one worker, %.1f on two", name, one, Peak(2))
		if !(one > 0) {
			t.Errorf("%s: peak %g", name, one)
		}
		if err := Use(before); err != nil {
			t.Fatal(err)
		}
	}
}
