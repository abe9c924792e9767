package machine

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// systemNames are the errors of Windows that a path alone may be the cause of. That another program has the file for
// itself (a sharing violation) is none: it passes.
var systemNames = []syscall.Errno{
	windows.ERROR_INVALID_NAME, windows.ERROR_BAD_PATHNAME, windows.ERROR_DIRECTORY, windows.ERROR_FILENAME_EXCED_RANGE,
	windows.ERROR_CANT_RESOLVE_FILENAME, windows.ERROR_INVALID_DRIVE, windows.ERROR_VIRUS_INFECTED,
}
