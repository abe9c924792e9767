//go:build !linux

package f32

func hugePages([]float32) {}
