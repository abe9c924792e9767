//go:build !unix

package machine

// PeakMemory is not known here.
func PeakMemory() uint64 { return 0 }
