//go:build aix || solaris || !(unix || windows)

package lock

import (
	"errors"
	"os"
)

func rangeFile(path string, _, _ int64) string { return path }

func lockRange(*os.File, int64, int64) error { return errors.ErrUnsupported }
