package training

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
)

// identity is what must be the same for a run to go on: all that its losses and weights depend on, and nothing else. It
// is stored as run.json, its fields in the order of their names. Pointers are what training alone or fine-tuning alone
// has.
type identity struct {
	Batch         int             `json:"batch"`
	Boxes         *BoxOptions     `json:"boxes,omitempty"` // that are learnt
	Classes       int             `json:"classes"`
	Clip          float64         `json:"clip,omitempty"`
	Colour        bool            `json:"colour"` // shifts of colour
	Decay         float64         `json:"decay"`
	Dropout       float64         `json:"dropout"`
	Factors       []train.Factor  `json:"factors,omitempty"`
	Flip          bool            `json:"flip"`
	Freeze        []string        `json:"freeze,omitempty"` // patterns; of fine-tuning, the stages tell it
	FromSHA256    string          `json:"from_sha256,omitempty"`
	Images        string          `json:"images"` // see split.digest
	Init          string          `json:"init"`
	Masks         string          `json:"masks,omitempty"` // what those of dropout are drawn by, where there is any
	Momentum      float64         `json:"momentum"`
	New           []string        `json:"new,omitempty"` // layers that start anew
	NewRate       *float64        `json:"new_rate,omitempty"`
	Part          int             `json:"part"`
	Preprocessing *vgg.Preprocess `json:"preprocessing,omitempty"` // of the weights that a run starts from
	Said          *vgg.Preprocess `json:"said,omitempty"`          // of those weights, where their file or their names say another; Preprocessing is in RGB
	Seed          uint64          `json:"seed"`
	Stages        []Stage         `json:"stages"`
	Standard      *bool           `json:"standard,omitempty"`
	Train         int             `json:"train"`          // images
	Unit          bool            `json:"unit,omitempty"` // the first layer is trained as on images of deviation 1 (train.Options.Spread)
	Val           int             `json:"val"`
	Views         *int            `json:"views,omitempty"`          // cached ones of a training image; 0: its middle
	WeightsPrefix string          `json:"weights_prefix,omitempty"` // of the tensors' names, in the weights that a run starts from
	WeightsSHA256 string          `json:"weights_sha256,omitempty"`
}

// properties are what two identities are compared by, in the order in which differences are told.
var properties = []property[identity]{
	{"images (sha256)", func(i identity) any { return short(i.Images) }},
	{"training images", func(i identity) any { return i.Train }},
	{"validation images", func(i identity) any { return i.Val }},
	{"classes", func(i identity) any { return i.Classes }},
	{"weights sha256", func(i identity) any { return short(i.WeightsSHA256) }},
	{"weights to start from (sha256)", func(i identity) any { return short(i.FromSHA256) }},
	{"prefix of tensor names", func(i identity) any { return i.WeightsPrefix }},
	{"preprocessing", func(i identity) any { return i.Preprocessing }},
	{"preprocessing that is said", func(i identity) any { return i.Said }},
	{"new layers", func(i identity) any { return i.New }},
	{"rate of the new layer", func(i identity) any { return i.NewRate }},
	{"views", func(i identity) any { return i.Views }},
	{"stages", func(i identity) any { return i.Stages }},
	{"batch", func(i identity) any { return i.Batch }},
	{"part", func(i identity) any { return i.Part }},
	{"largest norm of a gradient", func(i identity) any { return i.Clip }},
	{"dropout", func(i identity) any { return i.Dropout }},
	{"masks of dropout", func(i identity) any { return i.masks() }},
	{"momentum", func(i identity) any { return i.Momentum }},
	{"decay", func(i identity) any { return i.Decay }},
	{"initial weights", func(i identity) any { return i.Init }},
	{"frozen layers", func(i identity) any { return i.Freeze }},
	{"boxes", func(i identity) any { return i.Boxes }},
	{"layers' rates", func(i identity) any { return i.Factors }},
	{"first layer trained as on images of deviation 1", func(i identity) any { return i.Unit == i.unit() }},
	{"standard", func(i identity) any { return i.Standard }},
	{"flip", func(i identity) any { return i.Flip }},
	{"shift of colour", func(i identity) any { return i.Colour }},
	{"seed", func(i identity) any { return i.Seed }},
}

// identity is that of the run.
func (r *runner) identity(ctx context.Context) (identity, error) {
	j := r.j
	id := identity{
		Images: r.split.digest(r.set), Train: len(r.split.train), Val: len(r.split.val), Classes: len(r.split.classes),
		Stages: j.Stages, Batch: j.Batch, Part: j.Part, Dropout: j.Dropout, Momentum: j.Momentum,
		Decay: j.Decay, Clip: j.Clip, Init: j.Init.String(), Seed: j.Seed, Flip: !j.NoFlip, Colour: !j.NoColour,
	}
	if j.Dropout > 0 {
		id.Masks = masksByImage
	}
	return id, r.method.identify(ctx, &id)
}

// masksByImage is how masks of dropout are drawn, whatever the parts of a batch; earlier versions drew them by part.
const masksByImage = "by image"

// masks is how masks of dropout are drawn; without dropout there is but one way.
func (i identity) masks() string {
	if i.Dropout == 0 {
		return masksByImage
	}
	return i.Masks
}

// unit tells whether the first layer is trained as on images of deviation 1.
func (i identity) unit() bool {
	if i.Standard != nil {
		return !*i.Standard
	}
	return slices.ContainsFunc(i.Stages, func(s Stage) bool { return s.Cached == "" && !slices.Contains(s.Frozen, "features.0.weight") })
}

// earlier says what an earlier version of fc7, which began the run, did otherwise than this one; empty: nothing.
func (i identity) earlier() string {
	switch {
	case i.Dropout > 0 && i.Masks == "":
		return "which drew dropout by parts of a batch, not by image"
	case i.FromSHA256 != "" && i.Preprocessing == nil:
		return "which did not prepare images as the weights to start from expect"
	case i.unit() && !i.Unit:
		return "which trained the first layer otherwise"
	}
	return ""
}

const (
	runName = trainlog.RunName
	maxRun  = trainlog.MaxRun
)

// agree writes run.json, or compares it.
func (r *runner) agree(ctx context.Context) error {
	now, err := r.identity(ctx)
	if err != nil {
		return err
	}
	path := filepath.Join(r.j.Out, runName)
	var was identity
	err = readjson.StrictFile(path, maxRun, &was)
	if errors.Is(err, fs.ErrNotExist) {
		names, err := checkpoints(r.j.Out)
		if err == nil && len(names) > 0 {
			err = fmt.Errorf("%s holds checkpoints but no %s: choose another folder", r.j.Out, runName)
		}
		if err == nil {
			err = atomicfile.NotOurs(r.j.Out, []string{runName}, weightsName, splitsName, trainlog.Name)
		}
		if err != nil {
			return err
		}
		return atomicfile.WriteJSON(path, now)
	}
	if err != nil {
		return fmt.Errorf("not what a training of this version writes: %w; put it back, or choose another folder", err)
	}
	if how := was.earlier(); how != "" {
		return fmt.Errorf("%s holds a training of an earlier version of fc7, %s: choose another folder, or go on with that version", r.j.Out, how)
	}
	diff := differences("run", properties, was, now)
	if diff == "" {
		return nil
	}
	begun, err := hasBegun(r.j.Out)
	if err != nil {
		return err
	}
	if !begun { // nothing was trained by the other settings
		return atomicfile.WriteJSON(path, now)
	}
	return fmt.Errorf("%s holds a training with other settings:\n%schoose another folder, or the old settings", r.j.Out, diff)
}

// hasBegun tells whether a folder holds anything that was trained.
func hasBegun(out string) (bool, error) {
	names, err := checkpoints(out)
	if err != nil || len(names) > 0 {
		return true, err
	}
	_, err = os.Stat(filepath.Join(out, weightsName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return true, err
}
