//go:build !(unix && (amd64 || arm64))

package machine

import (
	"errors"
	"os"
)

// MapFile is not done here.
func MapFile(*os.File, int64) ([]byte, error) { return nil, errors.ErrUnsupported }

// UnmapFile has nothing to give back.
func UnmapFile([]byte) error { return nil }
