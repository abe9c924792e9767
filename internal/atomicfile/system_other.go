//go:build !linux && !darwin

package atomicfile

import "errors"

func sysRenameNew(string, string) error { return errors.ErrUnsupported }

func sysExchange(string, string) error { return errors.ErrUnsupported }

func sysUnnamed(string) error { return errors.ErrUnsupported }
