package picture

import (
	"errors"
	"math"
	"testing"
)

func TestLimitsCheck(t *testing.T) {
	o := DecodeOptions{MaxPixels: 100, MaxMemory: 1000}.withDefaults()
	if o.MaxBytes != defaultMaxBytes {
		t.Errorf("MaxBytes is %d", o.MaxBytes)
	}
	for name, c := range map[string]struct {
		info Info
		size int
		cost float64
		is   error
	}{
		"fits":              {Info{Width: 10, Height: 10, Orientation: 1}, 100, 6, nil},
		"file and pixels":   {Info{Width: 10, Height: 10, Orientation: 1}, 101, 6, ErrTooLarge},
		"turned":            {Info{Width: 10, Height: 10, Orientation: 6}, 100, 6, ErrTooLarge},
		"one pixel more":    {Info{Width: 101, Height: 1, Orientation: 1}, 0, 1, ErrTooLarge},
		"product overflows": {Info{Width: math.MaxInt32, Height: math.MaxInt32, Orientation: 1}, 0, 1, ErrTooLarge},
		"zero width":        {Info{Height: 10, Orientation: 1}, 0, 1, ErrCorrupt},
		"negative height":   {Info{Width: 10, Height: -1, Orientation: 1}, 0, 1, ErrCorrupt},
	} {
		if err := o.check(c.info, c.size, c.cost); !errors.Is(err, c.is) || c.is == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
