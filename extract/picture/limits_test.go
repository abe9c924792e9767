package picture

import (
	"errors"
	"math"
	"testing"
)

func TestLimitsCheck(t *testing.T) {
	o := DecodeOptions{MaxPixels: 100, maxMemory: 1000}.withDefaults()
	if o.maxBytes != defaultMaxBytes {
		t.Errorf("maxBytes is %d", o.maxBytes)
	}
	for name, c := range map[string]struct {
		info Info
		size int
		cost float64
		is   error
	}{
		"fits":              {Info{Width: 10, Height: 10, orientation: 1}, 100, 6, nil},
		"file and pixels":   {Info{Width: 10, Height: 10, orientation: 1}, 101, 6, ErrTooLarge},
		"turned":            {Info{Width: 10, Height: 10, orientation: 6}, 100, 6, ErrTooLarge},
		"one pixel more":    {Info{Width: 101, Height: 1, orientation: 1}, 0, 1, ErrTooLarge},
		"product overflows": {Info{Width: math.MaxInt32, Height: math.MaxInt32, orientation: 1}, 0, 1, ErrTooLarge},
		"zero width":        {Info{Height: 10, orientation: 1}, 0, 1, errCorrupt},
		"negative height":   {Info{Width: 10, Height: -1, orientation: 1}, 0, 1, errCorrupt},
	} {
		if err := o.check(c.info, c.size, c.cost); !errors.Is(err, c.is) || c.is == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
