package training

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/usage"
)

// ScheduleHelp explains what parseSchedule reads.
var ScheduleHelp = fmt.Sprintf("plateau[:N] divides the rate by 10 when neither error nor loss of validation has fallen for N epochs (%d), from when the "+
	"training loss has left chance, %d times at most, and then stops; steps:E1,E2,… divides it by 10 after these epochs; cosine lets it fall to 0 along half a cosine; constant leaves it",
	defaultPatience, plateaus)

// warm is what the rate is multiplied with after so many epochs, to rise along a line from nothing.
func (s Stage) warm(epochs float64) float64 {
	if epochs >= s.Warmup {
		return 1
	}
	return epochs / s.Warmup
}

// plateaus is how often the paper divided the rate.
const plateaus = 3

// defaultPatience is how many epochs plateau waits for a lower validation error.
const defaultPatience = 5

// schedule is how the learning rate falls.
type schedule struct {
	kind     string
	patience int
	steps    []int
	epochs   int
}

// parseSchedule reads a schedule for so many epochs: see ScheduleHelp.
func parseSchedule(text string, epochs int) (schedule, error) {
	kind, arg, found := strings.Cut(text, ":")
	s := schedule{kind: kind, patience: defaultPatience, epochs: epochs}
	switch kind {
	case "plateau":
		if !found {
			return s, nil
		}
		n, err := strconv.Atoi(arg)
		if err != nil || n < 1 {
			return s, usage.Errorf("schedule %q: after plateau: comes a number of epochs, 1 or more", text)
		}
		s.patience = n
		return s, nil
	case "steps":
		for _, e := range strings.Split(arg, ",") {
			n, err := strconv.Atoi(e)
			if err != nil || n < 1 || len(s.steps) > 0 && n <= s.steps[len(s.steps)-1] {
				return s, usage.Errorf("schedule %q: after steps: come rising numbers of epochs, as in steps:20,40", text)
			}
			s.steps = append(s.steps, n)
		}
		return s, nil
	case "cosine", "constant":
		if !found {
			return s, nil
		}
	}
	return s, usage.Unknown("schedule", text, "plateau", "plateau:N", "steps:E1,E2,…", "cosine", "constant")
}

// CheckSchedule returns the text of a schedule, or the error of one that there is not: see ScheduleHelp.
func CheckSchedule(text string) (string, error) {
	_, err := parseSchedule(text, 1)
	return text, err
}

// progress is what a schedule has to remember.
type progress struct {
	Best  float64  `json:"best"`           // lowest validation error so far
	Loss  *float64 `json:"loss,omitempty"` // lowest validation loss so far
	Since int      `json:"since"`          // epochs that both have stood
	Falls int      `json:"falls"`          // of the rate
	Began bool     `json:"began"`          // the net has begun to learn
}

// noError is above any validation error.
const noError = 2

// rate is the factor of the stage's rate at a place in the training, in epochs.
func (s schedule) rate(epoch float64, p progress) float64 {
	switch s.kind {
	case "cosine":
		return 0.5 * (1 + math.Cos(math.Pi*math.Min(1, epoch/float64(s.epochs))))
	case "steps":
		at, _ := slices.BinarySearch(s.steps, int(epoch)+1)
		return math.Pow(0.1, float64(at))
	case "plateau":
		return math.Pow(0.1, float64(p.Falls))
	}
	return 1
}

// after takes in the validation after an epoch, and whether its training loss is below chance, and tells whether
// training goes on. An error has stopped falling where it has fallen: deep nets stay at chance for a while before they
// learn. The loss counts too, since the error of few images falls in steps.
func (s schedule) after(p *progress, m mark, began bool) (goOn bool) {
	p.Began = p.Began || began
	fell := m.Failure < p.Best || p.Loss == nil || m.Loss < *p.Loss
	p.Best = math.Min(p.Best, m.Failure)
	if p.Loss == nil || m.Loss < *p.Loss {
		p.Loss = &m.Loss
	}
	if fell || !p.Began {
		p.Since = 0
		return true
	}
	p.Since++
	if s.kind != "plateau" || p.Since < s.patience {
		return true
	}
	p.Since = 0
	p.Falls++
	return p.Falls <= plateaus
}
