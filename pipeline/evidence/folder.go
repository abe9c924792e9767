package evidence

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"path"
	"path/filepath"

	"fc7/internal/atomicfile"
	"fc7/internal/filename"
	"fc7/internal/rowkey"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// DefaultImages is how many images' evidence is written unless another number is asked for: enough to look at.
const DefaultImages = 100

// Job says what is written beside predictions.
type Job struct {
	Dir    string // the folder, which must not be there, or be empty
	Images int    // the first so many that have scores
	Top    int    // classes of each, of the highest scores
}

// tableFile is the table in the folder, a row a class and scale.
const tableFile = "evidence.parquet"

// picturesFolder has a folder an image, by its number and the end of its name, with a picture a class.
const picturesFolder = "images"

// Told is the evidence of an image in numbers.
type Told struct {
	Image   string  `json:"image"`
	Object  int     `json:"object,omitempty"` // 1-based; 0: the whole image
	Classes []Class `json:"evidence"`
}

// Class is the evidence of a class: score = bias + the sum over the scales.
type Class struct {
	Class   string  `json:"class"`
	Score   float64 `json:"score"`
	Bias    float64 `json:"bias"`
	Scales  []Scale `json:"scales"`
	Picture string  `json:"picture"` // in the folder, with slashes
}

// Scale is a scale's part of the score.
type Scale struct {
	Part      int     `json:"part"` // of the head's descriptor, from 1
	Layer     string  `json:"layer"`
	Scale     int     `json:"scale"`
	Positions int     `json:"positions"`
	Sum       float64 `json:"sum"`
}

// Predict is heads.Predict that writes the evidence of images to a folder, which appears when it is complete, and tells
// it after all answers. Where some images failed, the folder is complete without them.
func Predict(ctx context.Context, j heads.PredictJob, to Job, answer func(heads.Prediction) error, tell func(Told) error, ev conveyor.Events) error {
	var failed error
	err := atomicfile.Folder(ctx, to.Dir, false, func(dir string) error {
		w, err := create(dir)
		if err != nil {
			return err
		}
		var all []Told
		j.Explain = &heads.ExplainJob{
			Ask: heads.Ask{Top: to.Top, Side: photoSide}, Images: to.Images,
			Tell: func(e *heads.Evidence) error {
				t, err := w.add(e)
				all = append(all, t)
				return err
			},
		}
		err = heads.Predict(ctx, j, answer, ev)
		if errors.Is(err, conveyor.ErrSomeFailed) {
			err, failed = nil, err
		}
		for _, t := range all {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = tell(t)
			}
		}
		if err != nil {
			return errors.Join(err, w.table.Abort())
		}
		return w.table.Close()
	})
	return errors.Join(err, failed)
}

// columns of the table. Windows are in pixels of the image from its left upper corner, and may reach beyond it.
var columns = []outputs.ResultColumn{
	{Name: "image", Kind: outputs.ResultText, Required: true},
	{Name: "object", Kind: outputs.ResultInt}, // 1-based; null: the whole image
	{Name: "class", Kind: outputs.ResultText, Required: true},
	{Name: "score", Kind: outputs.ResultFloat, Required: true},
	{Name: "bias", Kind: outputs.ResultFloat, Required: true},
	{Name: "part", Kind: outputs.ResultInt, Required: true}, // of the head's descriptor, from 1
	{Name: "net", Kind: outputs.ResultText, Required: true},
	{Name: "layer", Kind: outputs.ResultText, Required: true},
	{Name: "scale", Kind: outputs.ResultInt, Required: true},
	{Name: "stride", Kind: outputs.ResultInt, Required: true},    // pixels at the scale between positions
	{Name: "receptive", Kind: outputs.ResultInt, Required: true}, // pixels at the scale that a position sees, a side
	{Name: "sum", Kind: outputs.ResultFloat, Required: true},     // of values
	{Name: "values", Kind: outputs.ResultFloats, Required: true}, // of each position
	{Name: "left", Kind: outputs.ResultFloats, Required: true},   // of each position's window
	{Name: "top", Kind: outputs.ResultFloats, Required: true},
	{Name: "right", Kind: outputs.ResultFloats, Required: true},
	{Name: "bottom", Kind: outputs.ResultFloats, Required: true},
	{Name: "mirrored", Kind: outputs.ResultInts, Required: true}, // 1: the position is of the mirrored picture
	{Name: "picture", Kind: outputs.ResultText, Required: true},  // in the folder
}

// keyEvidence marks the table as fc7's.
const keyEvidence = "fc7.evidence"

// writer writes a folder of evidence.
type writer struct {
	dir    string
	table  *outputs.ResultWriter
	images int // so far
}

func create(dir string) (*writer, error) {
	t, err := outputs.CreateResults(filepath.Join(dir, tableFile), columns, map[string]string{keyEvidence: "1"}, false)
	return &writer{dir: dir, table: t}, err
}

// add writes the evidence of an image.
func (w *writer) add(e *heads.Evidence) (Told, error) {
	t := Told{Image: e.Image, Object: e.Object}
	w.images++
	folder := path.Join(picturesFolder, filename.Of(fmt.Sprintf("%04d-%s", w.images, rowkey.Of(path.Base(e.Image), e.Object)), ""))
	if err := atomicfile.MkdirAll(filepath.Join(w.dir, filepath.FromSlash(folder))); err != nil {
		return t, err
	}
	heats := heatsOf(e, e.Photo.W, e.Photo.H)
	for k := range e.Classes {
		c := &e.Classes[k]
		to := path.Join(folder, filename.Of(fmt.Sprintf("%d-%s", k+1, c.Class), ".png"))
		err := atomicfile.Write(filepath.Join(w.dir, filepath.FromSlash(to)), false, func(f io.Writer) error {
			return encode(f, heats.sheet(k))
		})
		if err != nil {
			return t, err
		}
		told := numbersOf(e, k)
		told.Picture = to
		for s := range e.Scales {
			if err := w.table.Write(row(e, c, s, to)...); err != nil {
				return t, err
			}
		}
		t.Classes = append(t.Classes, told)
	}
	return t, nil
}

// numbersOf are the numbers of a class.
func numbersOf(e *heads.Evidence, k int) Class {
	c := &e.Classes[k]
	told := Class{Class: c.Class, Score: c.Score, Bias: c.Bias}
	for s := range e.Scales {
		x := &e.Scales[s]
		told.Scales = append(told.Scales, Scale{Part: x.Part, Layer: x.Layer, Scale: x.Scale, Positions: len(x.Positions), Sum: c.Sums[s]})
	}
	return told
}

// encode writes a picture as PNG.
func encode(w io.Writer, im image.Image) error {
	b := bufio.NewWriter(w)
	if err := png.Encode(b, im); err != nil {
		return err // which Flush would tell again
	}
	return b.Flush()
}

// row is that of a class and scale.
func row(e *heads.Evidence, c *heads.ClassEvidence, s int, picture string) []any {
	x := &e.Scales[s]
	var left, top, right, bottom []float64
	var mirrored []int32
	for _, p := range x.Positions {
		r, m := p.Window, int32(0)
		if p.Mirrored {
			m = 1
		}
		left, top, right, bottom, mirrored = append(left, r.X0), append(top, r.Y0), append(right, r.X1), append(bottom, r.Y1), append(mirrored, m)
	}
	var object any
	if e.Object > 0 {
		object = e.Object
	}
	return []any{
		e.Image, object, c.Class, c.Score, c.Bias, x.Part, x.Net, x.Layer, x.Scale, x.Stride, x.Receptive, c.Sums[s],
		c.Values[s], left, top, right, bottom, mirrored, picture,
	}
}
