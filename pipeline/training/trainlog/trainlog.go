// Package trainlog is the log of a training: a line of JSON a step or an epoch, appended as they come. It is a package
// of its own, since training writes the log and reports read it.
package trainlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	// Boxes says that the net predicts boxes; then Top1 is the share of the boxes of validation crops whose IoU with
	// the true one is below 0.5, and there is the mean IoU instead of a Top5.
	Boxes     bool    `json:"boxes,omitempty"`
	MeanIoU   float64 `json:"val_mean_iou,omitempty"`
	Rate      float64 `json:"rate"`
	Speed     float64 `json:"images_per_second"`
	Waiting   float64 `json:"waiting"`
	Failed    int     `json:"failed"` // images that could not be read
	Best      bool    `json:"best"`
	Seconds   float64 `json:"seconds"`
	Validated int     `json:"validated"` // images
}

// Failure is what training is to lower: the share of validation images that are wrong, or what mean AP lacks of 1.
func (e Epoch) Failure() float64 {
	if e.MultiLabel {
		return 1 - e.MeanAP
	}
	return e.Top1
}

// maxLog bounds what is read of a log: ten million steps have less.
const maxLog = 256 << 20

// Every is how many steps lie between two lines of steps.
const Every = 10

// Name is the log's file in a training's folder.
const Name = "log.jsonl"

// Line is a line of the log: a step or an epoch.
type Line struct {
	Step  *Step  `json:"train,omitempty"`
	Epoch *Epoch `json:"epoch,omitempty"`
	// Chain is the digest of the line and all before it, see chain. Empty: an earlier version wrote the line.
	Chain string `json:"chain,omitempty"`
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

// Log is a log that is written to.
type Log struct {
	f      *os.File
	chain  chain
	broken error // what was not written: behind it stands nothing more
}

// Lacks tells what is missing behind the last step and the last epoch of a log, nil where it has none; nil: nothing is.
type Lacks func(last Line) error

// Open opens the log at path for appending, without the lines after the place that training goes on from, so that none
// is written twice. A log that lacks lines of before the place is an error: no training writes them again.
func Open(path string, from Place, lacks Lacks) (*Log, error) {
	kept, last, c, err := read(path, from, lacks)
	if err != nil {
		return nil, err
	}
	if err := lacks(last); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := atomicfile.WriteBytes(path, kept, true); err != nil {
		return nil, fmt.Errorf("writing the log: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return &Log{f: f, chain: c}, nil
}

// Append writes a line.
func (l *Log) Append(line Line) error {
	if l.broken != nil {
		return l.broken
	}
	line.Chain = ""
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	if _, err := l.f.Write(l.chain.add(text)); err != nil {
		l.broken = fmt.Errorf("writing the log: %w", err)
	}
	return l.broken
}

// Sync makes sure that all lines so far outlast a power cut. Once it has failed it always does: what could not be
// synced is not by doing it again.
func (l *Log) Sync() error {
	if l.broken == nil {
		if err := l.f.Sync(); err != nil {
			l.broken = fmt.Errorf("writing the log: %w", err)
		}
	}
	return l.broken
}

// Close closes the file.
func (l *Log) Close() error { return l.f.Close() }

// read returns the lines before a place, the last step and epoch of them, and the chain to go on with. A last line
// without its end, which a kill cut off, is dropped, and behind all that the log must have whatever a power cut left of
// lines that were not synced; any other line that is not what was written is an error.
func read(path string, before Place, lacks Lacks) (kept []byte, last Line, c chain, err error) {
	text, err := readjson.Bytes(path, maxLog)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, last, c, err
	}
	if c.sum, err = RunDigest(filepath.Dir(path)); err != nil {
		return nil, last, c, err
	}
	end, n := 0, 0
	for line := range bytes.Lines(text) {
		if n++; line[len(line)-1] != '\n' {
			break
		}
		l, err := c.read(line)
		if err != nil && lacks(last) == nil && !goesOn(text[end+len(line):]) {
			break // of a power cut
		}
		if err != nil {
			return nil, last, c, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		if !before.holds(l) {
			break
		}
		c.take(l)
		last.take(l)
		end += len(line)
	}
	return text[:end], last, c, nil
}

// read reads the next line of a log.
func (c chain) read(line []byte) (l Line, err error) {
	if err = readjson.Text(line, &l); err != nil {
		return l, fmt.Errorf("it is damaged: %w", err)
	}
	if err = c.check(line, l); err == nil && l.Epoch != nil {
		err = l.Epoch.check()
	}
	return l, err
}

// take notes a line's step or epoch.
func (last *Line) take(l Line) {
	if l.Step != nil {
		last.Step = l.Step
	}
	if l.Epoch != nil {
		last.Epoch = l.Epoch
	}
}

// goesOn tells whether lines of a log follow.
func goesOn(text []byte) bool {
	for line := range bytes.Lines(text) {
		if json.Unmarshal(line, new(Line)) == nil {
			return true
		}
	}
	return false
}

// everything is a place that all lines of a log are before.
var everything = Place{math.MaxInt, math.MaxInt, math.MaxInt}

// unknown is for readers who do not know what a log must have.
func unknown(Line) error { return errors.New("not known") }

// Epochs reads the epochs of a run's log.
func Epochs(out string) ([]Epoch, error) {
	text, _, _, err := read(filepath.Join(out, Name), everything, unknown)
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

// Told is how many epochs the lines of a run's log tell of, whatever is damaged between them.
func Told(out string) (epochs int, err error) {
	text, err := readjson.Bytes(filepath.Join(out, Name), maxLog)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for line := range bytes.Lines(text) {
		var l Line
		if json.Unmarshal(line, &l) == nil && l.Epoch != nil {
			epochs++
		}
	}
	return epochs, err
}

// check makes sure that an epoch that was read is one.
func (e Epoch) check() error {
	if e.Stage < 1 || e.Epoch < 1 || min(e.Step, e.Failed, e.Validated) < 0 {
		return fmt.Errorf("expected stage and epoch of 1 or more and counts of 0 or more, found stage %d, epoch %d, step %d, %d failed, %d validated",
			e.Stage, e.Epoch, e.Step, e.Failed, e.Validated)
	}
	for _, v := range []float64{e.Top1, e.Top5, e.MeanRecall, e.MeanAP, e.MeanIoU} {
		if v < 0 || v > 1 {
			return fmt.Errorf("expected shares between 0 and 1, found %g", v)
		}
	}
	if e.Loss < 0 || e.ValLoss < 0 || e.Seconds < 0 || e.Speed < 0 {
		return fmt.Errorf("expected losses, seconds and a speed of 0 or more, found %g, %g, %g and %g", e.Loss, e.ValLoss, e.Seconds, e.Speed)
	}
	return nil
}
