package table

import (
	"fmt"

	"fc7/internal/mirror"
)

// CheckOwn refuses to replace, unless it is asked for, what stands in the place of a run's own page and is no page of
// the verb: wrote tells by its first bytes whether it is one. A link is not what it leads to, and is replaced itself.
func CheckOwn(path, verb string, replace bool, first int, wrote func(begin []byte) bool) error {
	if replace {
		return nil
	}
	begin, there, err := mirror.Begin(path, first)
	if err != nil || !there || wrote(begin) {
		return err
	}
	return fmt.Errorf("%s is no page that fc7 %s wrote, and is not replaced: move it away, choose another name with --out, or allow it with --force", path, verb)
}
