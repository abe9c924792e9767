//go:build !unix

package pipeline

// peakMemory is not known here.
func peakMemory() uint64 { return 0 }
