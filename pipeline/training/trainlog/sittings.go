package trainlog

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"fc7/internal/atomicfile"
	"fc7/internal/origin"
	"fc7/internal/readjson"
)

// sittingsName is the file in a training's folder that tells how the run came about. No run depends on what it says.
const sittingsName = "sittings.json"

// maxHistory bounds the file: a sitting has some hundred bytes.
const maxHistory = 64 << 20

// History tells what a run trains on what, and the stretches in which it was at work.
type History struct {
	Run      string    `json:"run_sha256,omitempty"` // see RunDigest; empty: of an earlier version
	About    About     `json:"about"`
	Sittings []Sitting `json:"sittings"`
}

// About is what is trained on what, as the last sitting had it.
type About struct {
	DataSet string       `json:"data_set"`          // as it was named: KIND:PATH
	Weights string       `json:"weights,omitempty"` // file that it starts from, as it was named
	Tuned   bool         `json:"tuned,omitempty"`   // the weights are fine-tuned
	Train   int          `json:"train_images"`
	Val     int          `json:"val_images"`
	HeldOut bool         `json:"held_out,omitempty"` // the validation images were held out by the seed
	Classes int          `json:"classes"`
	Stages  []AboutStage `json:"stages"`
}

// AboutStage is what a stage trains.
type AboutStage struct {
	Net     string `json:"net"`
	Trained string `json:"trained"`                  // layers, as in "conv4_1 to conv5_3, fc8"
	Frozen  string `json:"frozen,omitempty"`         // layers of which tensors stay as they are
	Tensors int    `json:"frozen_tensors,omitempty"` // that do
}

// Sitting is a stretch of work on a run, from one start to its end.
type Sitting struct {
	*origin.Command           // nil: not known
	Began           time.Time `json:"began"`
	Ended           time.Time `json:"ended"` // of one that was killed, the last moment it is known to have worked
	From            int       `json:"from_step"`
	To              int       `json:"to_step"`
	// Epoch is the step at which the last epoch ended that was done by then; 0: none, or not known, as of earlier
	// versions.
	Epoch int `json:"epoch_step,omitempty"`
	// Prepared is the time for a stage's inputs, in seconds: statistics of the images' colours, cached views.
	Prepared float64 `json:"prepared_s"`
	Views    int     `json:"views,omitempty"` // of those, cached
}

// ReadHistory reads that of the training in a folder; it is nil where there is none, as of earlier versions.
func ReadHistory(out string) (*History, error) {
	h := new(History)
	err := readjson.File(filepath.Join(out, sittingsName), maxHistory, h)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	run, err := RunDigest(out)
	if err != nil {
		return nil, err
	}
	if err := h.check(run); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(out, sittingsName), err)
	}
	return h, nil
}

// check makes sure that a history that was read is one, and of the run.
func (h *History) check(run string) error {
	if h.Run != "" && run != "" && h.Run != run {
		return fmt.Errorf("it is of a run whose %s has the SHA-256 %.12s…, that here has %.12s…", RunName, h.Run, run)
	}
	if a := h.About; min(a.Train, a.Val, a.Classes) < 0 {
		return fmt.Errorf("expected counts of 0 or more, found %d images, %d to validate and %d classes", a.Train, a.Val, a.Classes)
	}
	for i, s := range h.Sittings {
		if s.From < 0 || s.To < s.From || s.Views < 0 || s.Prepared < 0 || s.Epoch < 0 || s.Epoch > s.To {
			return fmt.Errorf("sitting %d: expected steps in order and counts of 0 or more, found steps %d to %d, %d views, %g seconds", i+1, s.From, s.To, s.Views, s.Prepared)
		}
	}
	return nil
}

// Write puts the history into a training's folder.
func (h *History) Write(out string) (err error) {
	if h.Run, err = RunDigest(out); err != nil {
		return err
	}
	return atomicfile.WriteJSON(filepath.Join(out, sittingsName), h)
}

// Lacks tells what is missing at the end of the log of the run in a folder, by where the last sitting had come to; "":
// nothing that could be told. A step may have been done whose line is still to be written.
func (h *History) Lacks(out string) (string, error) {
	_, last, _, err := read(filepath.Join(out, Name), everything, unknown)
	if err != nil || len(h.Sittings) == 0 {
		return "", err
	}
	s, step, epoch := h.Sittings[len(h.Sittings)-1], 0, 0
	if last.Step != nil {
		step = last.Step.Step
	}
	if last.Epoch != nil {
		epoch = last.Epoch.Step
	}
	if s.Epoch <= epoch && s.To <= max(step, epoch)+Every {
		return "", nil
	}
	return fmt.Sprintf("its last step is %d and its last epoch ended at step %d, but the training had come to step %d, with an epoch that ended at step %d: lines are missing at its end",
		step, epoch, s.To, max(s.Epoch, epoch)), nil
}

// Worked is the time of all sittings.
func (h *History) Worked() (d time.Duration) {
	for _, s := range h.Sittings {
		d += max(0, s.Ended.Sub(s.Began))
	}
	return d
}
