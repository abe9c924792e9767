package datasets

import (
	"testing"
)

func TestValNumber(t *testing.T) {
	for name, want := range map[string]int{
		"ILSVRC2012_val_00000001.JPEG": 1, "ILSVRC2012_val_00050000.JPEG": 50000, "ILSVRC2012_val_00000001": 1,
		"ILSVRC2012_val_1.JPEG": 0, "ILSVRC2012_val_0000000x.JPEG": 0, "n01440764_1.JPEG": 0, "": 0,
	} {
		if n, ok := valNumber(name); n != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v", name, n, ok)
		}
	}
}
