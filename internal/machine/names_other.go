//go:build !windows

package machine

import "syscall"

// systemNames are none here: all have the same numbers everywhere.
var systemNames []syscall.Errno
