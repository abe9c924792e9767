package extraction

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/outputs"
)

// MaxFailed is how many rows of a share may have failed: a number, or a part of all in percent. The zero value sets no
// bound.
type MaxFailed struct {
	text    string
	most    float64
	percent bool
}

// ParseMaxFailed reads "20" or "0.5%".
func ParseMaxFailed(s string) (MaxFailed, error) {
	digits, percent := strings.CutSuffix(s, "%")
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(x >= 0) || math.IsInf(x, 0) || percent && x > 100 || !percent && x != math.Trunc(x) {
		return MaxFailed{}, usage.Unfit("", s, "a number of rows, such as 20, or a part of them, such as 0.5%")
	}
	return MaxFailed{s, x, percent}, nil
}

// exceeded is the error of more failed rows.
func (m MaxFailed) exceeded(n outputs.Counts) error {
	most := m.most
	if m.percent {
		most = m.most / 100 * float64(n.Inputs)
	}
	if m.text == "" || float64(n.Failed) <= most {
		return nil
	}
	return &PermanentError{fmt.Errorf("%d of %d rows failed, more than --max-failed %s allows; each has its reason in the table", n.Failed, n.Inputs, m.text)}
}

// changed is the error of inputs that are not those that were planned, in a run, where no bound says how many rows may
// fail. lost says that --update does not help: a plan knows places in an archive that is another one now.
func (m MaxFailed) changed(n outputs.Counts, run string, lost bool) error {
	if m.text != "" || n.Changed == 0 {
		return nil
	}
	if lost {
		return &PermanentError{fmt.Errorf("%d of %d images changed since the plan: their rows failed and say how; of an archive the plan knows the places of images in it: put it back, and fc7 extract --plan %s --retry-failed computes them, or plan the new one in another folder; --max-failed allows so many", n.Changed, n.Inputs, origin.Text(run))}
	}
	return &PermanentError{fmt.Errorf("%d of %d images changed since the plan: their rows failed and say how; when they are back, fc7 extract --plan %s --retry-failed computes them; with --update it takes them as they are, and --max-failed allows so many", n.Changed, n.Inputs, origin.Text(run))}
}
