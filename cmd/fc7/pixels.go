package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// pixels is a flag of a number of pixels: 179MP, 0.5MP, or all the digits.
type pixels struct{ n *int }

func (p pixels) String() string {
	if p.n == nil || *p.n == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*p.n)/1e6, 'g', 3, 64) + "MP"
}

func (p pixels) Type() string { return "megapixels" }

func (p pixels) Set(s string) error {
	digits, unit := strings.TrimSuffix(strings.ToUpper(s), "MP"), 1.0
	if len(digits) < len(s) {
		unit = 1e6
	}
	v, err := strconv.ParseFloat(digits, 64)
	if v = math.Round(v * unit); err != nil || !(v >= 1 && v <= 1<<40) {
		return fmt.Errorf("want megapixels, such as 50MP, or a number of pixels")
	}
	*p.n = int(v)
	return nil
}
