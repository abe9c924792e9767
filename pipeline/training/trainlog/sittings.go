package trainlog

import (
	"errors"
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
	return h, nil
}

// Write puts the history into a training's folder.
func (h *History) Write(out string) error {
	return atomicfile.WriteJSON(filepath.Join(out, sittingsName), h)
}

// Worked is the time of all sittings.
func (h *History) Worked() (d time.Duration) {
	for _, s := range h.Sittings {
		d += max(0, s.Ended.Sub(s.Began))
	}
	return d
}
