package table

import (
	"fmt"
	"strings"
)

// MismatchError is a run folder that belongs to other settings.
type MismatchError struct {
	Out         string
	Differences []string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s holds a table with other settings, which is not mixed or replaced:\n  %s\nchoose another folder (fc7 extract --force-new does), or the old settings",
		e.Out, strings.Join(e.Differences, "\n  "))
}

// brief names the first few differences.
func (e *MismatchError) brief() string {
	if d := e.Differences; len(d) > 3 {
		return strings.Join(d[:3], ", ") + ", …"
	}
	return strings.Join(e.Differences, ", ")
}
