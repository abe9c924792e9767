//go:build !linux

package machine

// ResetPeak cannot be done here: PeakMemory is that of the process so far.
func ResetPeak() bool { return false }
