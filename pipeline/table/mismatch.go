package table

import (
	"fmt"
	"strings"

	"fc7/internal/origin"
)

// MismatchError is a run folder that belongs to other settings.
type MismatchError struct {
	Out         string
	Differences []string
	Updatable   bool // the differences are of the data set alone
	Now         bool // it is another process that makes the other table, at this moment
	Planned     bool // it is the plan of the other table that is there
	Task        bool // it is a task of that plan that was started otherwise
}

func (e *MismatchError) Error() string {
	differences := strings.Join(e.Differences, "\n  ")
	if e.Now {
		return fmt.Sprintf("another fc7 makes a table with other settings in %s now:\n  %s\nchoose another folder (fc7 extract --force-new does), or the settings of that one", e.Out, differences)
	}
	if e.Planned {
		return fmt.Sprintf("%s has the plan of a table with other settings, which is not mixed or replaced:\n  %s\nchoose another folder (fc7 extract --force-new does), or make the table of the plan: fc7 extract --plan %s", e.Out, differences, origin.Text(e.Out))
	}
	if e.Task {
		return fmt.Sprintf("%s is planned otherwise than this task was started:\n  %s\nput back what it was planned with (plan.json names it), or plan again in another folder: fc7 plan DATASET --out RUN", e.Out, differences)
	}
	if e.Updatable {
		return fmt.Sprintf("%s holds the table of another state of the data set, which is not mixed or replaced:\n  %s\n"+
			"fc7 extract --update makes it the table of the data set as it is, and computes only what is new or changed; or choose another folder (--force-new does)",
			e.Out, differences)
	}
	return fmt.Sprintf("%s holds a table with other settings, which is not mixed or replaced:\n  %s\nchoose another folder (fc7 extract --force-new does), or the old settings",
		e.Out, differences)
}

// brief names the first few differences.
func (e *MismatchError) brief() string {
	if d := e.Differences; len(d) > 3 {
		return strings.Join(d[:3], ", ") + ", …"
	}
	return strings.Join(e.Differences, ", ")
}
