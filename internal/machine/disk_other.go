//go:build !linux && !darwin && !windows

package machine

// FreeDisk is not known here: a full disk shows when it is written to.
func FreeDisk(string) int64 { return -1 }
