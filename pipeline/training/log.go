package training

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"fc7/outputs"
)

// line is a line of the log: a step or an epoch.
type line struct {
	Step  *StepInfo  `json:"train,omitempty"`
	Epoch *EpochInfo `json:"epoch,omitempty"`
}

// openLog opens the log for appending, without the lines after the step that training goes on from.
func openLog(path string, step int) (*os.File, error) {
	kept, err := readLog(path, step)
	if err != nil {
		return nil, err
	}
	if err := outputs.NewFile(path, kept, true); err != nil {
		return nil, fmt.Errorf("writing the log: %w", err)
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o644)
}

// readLog returns the lines up to a step; a last line that a kill cut off is dropped.
func readLog(path string, step int) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var kept []byte
	in := bufio.NewReader(f)
	for {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return kept, nil
		}
		if err != nil {
			return nil, err
		}
		var l line
		if json.Unmarshal(text, &l) != nil {
			return kept, nil
		}
		if l.Step != nil && l.Step.Step > step || l.Epoch != nil && l.Epoch.Step > step {
			return kept, nil
		}
		kept = append(kept, text...)
	}
}

// remember finds the best and the last epoch of what the log holds.
func (r *runner) remember() error {
	epochs, err := Epochs(r.j.Out)
	if err != nil {
		return err
	}
	for _, e := range epochs {
		r.last = e
		if e.Best {
			r.best = e
		}
	}
	return nil
}

// Epochs reads the epochs of a run's log.
func Epochs(out string) ([]EpochInfo, error) {
	text, err := readLog(out+string(os.PathSeparator)+logName, math.MaxInt)
	if err != nil {
		return nil, err
	}
	var epochs []EpochInfo
	for len(text) > 0 {
		var l line
		n := 0
		for n < len(text) && text[n] != '\n' {
			n++
		}
		if err := json.Unmarshal(text[:n], &l); err != nil {
			return nil, fmt.Errorf("%s: %w", out, err)
		}
		if l.Epoch != nil {
			epochs = append(epochs, *l.Epoch)
		}
		text = text[min(len(text), n+1):]
	}
	return epochs, nil
}

// logEvery is how many steps lie between two lines of steps.
const logEvery = 10

func (r *runner) tellStep(s StepInfo) error {
	if r.ev.Step != nil {
		r.ev.Step(s)
	}
	if s.Step%logEvery != 0 || math.IsNaN(s.Loss) {
		return nil
	}
	return r.write(line{Step: &s})
}

func (r *runner) tellEpoch(e EpochInfo) error {
	if r.ev.Epoch != nil {
		r.ev.Epoch(e)
	}
	return r.write(line{Epoch: &e})
}

func (r *runner) write(l line) error {
	text, err := json.Marshal(l)
	if err == nil {
		_, err = r.log.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	return nil
}
