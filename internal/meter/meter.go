// Package meter counts what this process does, for whoever asks while it runs. No decision depends on it.
package meter

import "sync/atomic"

var (
	// ImageBytes are those of images that were read, from disks and stores, again where it was begun anew.
	ImageBytes atomic.Int64
	// StoreRetries are requests to stores and web servers that were made again, and bodies that were read on after a
	// cut.
	StoreRetries atomic.Int64
	// ReadRetries are images that were tried again since a disk or server was in trouble.
	ReadRetries atomic.Int64
)
