package f32

import "unsafe"

// Lanes is the number of channels that kernels handle at once; channel counts are padded to a multiple of it.
const Lanes = 16

// largePage is what room rounds up to, but what has fewer bytes than smallRoom.
const (
	largePage = 2 << 20
	smallRoom = 256 << 10
)

// Pad returns n rounded up to a multiple of Lanes.
func Pad(n int) int { return (n + Lanes - 1) / Lanes * Lanes }

// Make returns a zeroed slice of n floats that starts at a multiple of 64 bytes, so that no vector crosses a cache
// line.
func Make(n int) []float32 {
	const line = 64 / 4
	if n == 0 {
		return nil
	}
	s := make([]float32, n+line)
	hugePages(s)
	off := int(uintptr(unsafe.Pointer(&s[0])) / 4 % line)
	if off != 0 {
		off = line - off
	}
	return s[off : off+n : off+n]
}

// Grow returns s resliced to n floats, or a new slice where it is too short. What it holds afterwards is unspecified.
func Grow(s []float32, n int) []float32 {
	if cap(s) >= n {
		return s[:n]
	}
	return room(n)
}
