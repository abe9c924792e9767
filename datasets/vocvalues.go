package datasets

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

func trim(s string) string { return strings.TrimSpace(s) }

// valueParser parses elements and keeps the first error.
type valueParser struct {
	object int // 1-based; 0: the annotation itself
	err    error
}

func (p *valueParser) fail(element, want, found string) {
	if p.err != nil {
		return
	}
	if p.object > 0 {
		element = fmt.Sprintf("object %d: %s", p.object, element)
	}
	p.err = fmt.Errorf("%s: want %s, found %q", element, want, escape.Short(found))
}

// maxPixels bounds coordinates and sizes, so that sums of them cannot overflow.
const maxPixels = 1 << 24

// unspecified are the words by which annotation tools say that they do not say.
func unspecified(s string) bool {
	switch strings.ToLower(trim(s)) {
	case "", "unspecified", "unknown", "none", "nan", "null":
		return true
	}
	return false
}

// isSet tells of a field that plays no part whether it says yes: a number above 0, as truncation is by some tools a
// share, or a word.
func isSet(s string) bool {
	v, err := strconv.ParseFloat(trim(s), 64)
	return err == nil && v > 0 || strings.EqualFold(trim(s), "true") || strings.EqualFold(trim(s), "yes")
}

// countOr0 parses a count that plays no part; 0: it is none.
func countOr0(s string) int {
	var p valueParser
	return p.number("", s)
}

// number parses a count, which may be written with a fraction; an absent element is 0.
func (p *valueParser) number(element, s string) int {
	if unspecified(s) {
		return 0
	}
	v, err := strconv.ParseFloat(trim(s), 64)
	if err != nil || !(v >= 0 && v <= maxPixels) {
		p.fail(element, "a whole number", s)
		return 0
	}
	return int(math.Round(v))
}

// coordinate parses a pixel coordinate.
func (p *valueParser) coordinate(element, s string) float64 {
	v, ok := pixelCoordinate(s, maxPixels)
	if !ok {
		p.fail(element, "a pixel coordinate", s)
	}
	return v
}

// pixelCoordinate reads a coordinate of a box of at most most.
func pixelCoordinate(s string, most float64) (float64, bool) {
	v, err := strconv.ParseFloat(trim(s), 64)
	if err != nil || !(math.Abs(v) <= most) {
		return 0, false
	}
	return v, true
}

// flag parses 0 or 1, or a share of 1, which is rounded; an absent element, and one that says that it does not say, is
// 0.
func (p *valueParser) flag(element, s string) bool {
	if unspecified(s) || strings.EqualFold(trim(s), "false") {
		return false
	}
	if strings.EqualFold(trim(s), "true") {
		return true
	}
	v, err := strconv.ParseFloat(trim(s), 64)
	if err != nil || !(v >= 0 && v <= 1) {
		p.fail(element, "0 or 1", s)
	}
	return v >= 0.5
}
