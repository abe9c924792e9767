package outputs

import (
	"testing"
)

// Row groups are cut by Row.size, so it must count what takes room.
func TestRowSize(t *testing.T) {
	cols := []Column{NewColumn("fc7", 256, 1000, Float32), NewColumn("fc6", 256, 100, Float16)}
	small := Row{Image: "a", Status: StatusOK, Descriptors: [][]float32{make([]float32, 1000), make([]float32, 100)}}
	base := small.size(cols)
	if base < 4200 || base > 4300 {
		t.Errorf("size %d, want 4200 and a little", base)
	}
	small.Labels = []string{"0123456789"}
	if got := small.size(cols); got != base+14 {
		t.Errorf("a label of 10 bytes adds %d, want 14", got-base)
	}
	if failed := (&Row{Image: "a", Status: StatusFailed, Error: "x"}).size(cols); failed > 100 {
		t.Errorf("a failed row counts %d bytes", failed)
	}
}
