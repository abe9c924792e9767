// Package trainlog is the log of a training: a line of JSON a step or an epoch, appended as they come. It is a package
// of its own, since training writes the log and reports read it.
package trainlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
)

// Step is a step of training.
type Step struct {
	Stage   int     `json:"stage"` // from 1
	Stages  int     `json:"stages"`
	Epoch   int     `json:"epoch"` // from 1
	Epochs  int     `json:"epochs"`
	Images  int     `json:"images"` // of the epoch that are done
	Total   int     `json:"total"`
	Step    int     `json:"step"` // of all stages
	Loss    float64 `json:"loss"` // of this step's batch, without the penalty
	Rate    float64 `json:"rate"`
	Speed   float64 `json:"images_per_second"` // of this step, waiting included
	Waiting float64 `json:"waiting"`           // share of the time that the net had no images
}

// Epoch is an epoch and the validation after it.
type Epoch struct {
	Stage   int     `json:"stage"` // from 1
	Stages  int     `json:"stages"`
	Epoch   int     `json:"epoch"` // from 1
	Epochs  int     `json:"epochs"`
	Net     string  `json:"net"`
	Step    int     `json:"step"`
	Loss    float64 `json:"loss"` // mean over the epoch's images
	ValLoss float64 `json:"val_loss"`
	Top1    float64 `json:"val_top1_error"`
	Top5    float64 `json:"val_top5_error"`
	// MeanRecall is the mean of the classes' recalls, where an image has one class.
	MeanRecall float64 `json:"val_mean_recall,omitempty"`
	// MultiLabel says that an image may have several labels; then there is a mean AP (all-point) instead of the errors.
	MultiLabel bool    `json:"multi_label,omitempty"`
	MeanAP     float64 `json:"val_mean_ap,omitempty"`
	Rate       float64 `json:"rate"`
	Speed      float64 `json:"images_per_second"`
	Waiting    float64 `json:"waiting"`
	Failed     int     `json:"failed"` // images that could not be read
	Best       bool    `json:"best"`
	Seconds    float64 `json:"seconds"`
	Validated  int     `json:"validated"` // images
}

// Failure is what training is to lower: the share of validation images that are wrong, or what mean AP lacks of 1.
func (e Epoch) Failure() float64 {
	if e.MultiLabel {
		return 1 - e.MeanAP
	}
	return e.Top1
}

// Name is the log's file in a training's folder.
const Name = "log.jsonl"

// Line is a line of the log: a step or an epoch.
type Line struct {
	Step  *Step  `json:"train,omitempty"`
	Epoch *Epoch `json:"epoch,omitempty"`
}

// Place is where a training goes on.
type Place struct {
	Stage, Epoch int // from 1; the epoch is one that is not done
	Step         int // done, of all stages
}

// holds tells whether a line is of what was done before the place.
func (p Place) holds(l Line) bool {
	switch {
	case l.Step != nil:
		return l.Step.Step <= p.Step
	case l.Epoch != nil:
		return l.Epoch.Stage < p.Stage || l.Epoch.Stage == p.Stage && l.Epoch.Epoch < p.Epoch
	}
	return true
}

// Open opens the log at path for appending, without the lines after the place that training goes on from, so that none
// is written twice.
func Open(path string, from Place) (*os.File, error) {
	kept, err := read(path, from)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.WriteBytes(path, kept, true); err != nil {
		return nil, fmt.Errorf("writing the log: %w", err)
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
}

// read returns the lines before a place; a last line that a kill cut off is dropped.
func read(path string, before Place) ([]byte, error) {
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
		var l Line
		if json.Unmarshal(text, &l) != nil || !before.holds(l) {
			return kept, nil
		}
		kept = append(kept, text...)
	}
}

// Epochs reads the epochs of a run's log.
func Epochs(out string) ([]Epoch, error) {
	text, err := read(filepath.Join(out, Name), Place{math.MaxInt, math.MaxInt, math.MaxInt})
	if err != nil {
		return nil, err
	}
	var epochs []Epoch
	for line := range bytes.Lines(text) {
		var l Line
		if err := readjson.Text(line, &l); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(out, Name), err)
		}
		if l.Epoch != nil {
			epochs = append(epochs, *l.Epoch)
		}
	}
	return epochs, nil
}
