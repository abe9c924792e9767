//go:build !linux

package f32

func hugePages([]float32) {}

func room(n int) []float32 { return Make(n) }
