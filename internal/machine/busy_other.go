//go:build !linux

package machine

import "time"

// ProcessorTime is not known here.
func ProcessorTime() (all, own time.Duration, ok bool) { return 0, 0, false }

// Load is not known here.
func Load() float64 { return -1 }
