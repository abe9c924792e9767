package localisation

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"fc7/datasets"
	"fc7/heads/localise"
	"fc7/internal/atomicfile"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/evaluation"
	"fc7/pipeline/inputs"
)

// What Predict leaves in the run's folder.
const (
	csvName        = "boxes.csv"   // which the data set csv: reads
	linesName      = "boxes.jsonl" // a line an image, with all that was found
	annotationsDir = "annotations" // of VOC XML
)

// Predicted is what Predict has done.
type Predicted struct {
	Images  int      `json:"images"`
	Failed  int      `json:"failed"`
	Boxes   int      `json:"boxes"` // that are written as CSV
	Nets    []Net    `json:"boxes_nets"`
	Weights []Net    `json:"class_nets"`
	Files   []string `json:"files"`
}

// Answer is a line of linesName.
type Answer struct {
	Image  string  `json:"image"`
	Path   string  `json:"path"`
	Width  int     `json:"width,omitempty"`
	Height int     `json:"height,omitempty"`
	Found  []Found `json:"objects"`         // of the most probable classes, the surest first
	Error  string  `json:"error,omitempty"` // why there are none
}

// Predict writes the boxes that nets predict in images. It returns conveyor.ErrSomeFailed with a complete result if
// images failed: these have a line that says why, and no box.
func Predict(ctx context.Context, j Job, ev conveyor.Events) (*Predicted, error) {
	s, err := openPredict(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	p := &Predicted{Images: len(s.set.Items), Files: []string{filepath.Join(j.Out, csvName), filepath.Join(j.Out, linesName)}}
	p.Nets, p.Weights = s.asked()
	if j.XML {
		p.Files = append(p.Files, filepath.Join(j.Out, annotationsDir))
	}
	if err := s.write(ctx, p, ev); err != nil {
		return nil, err
	}
	if p.Failed > 0 {
		return p, fmt.Errorf("%d of %d: %w", p.Failed, p.Images, conveyor.ErrSomeFailed)
	}
	return p, nil
}

// openPredict opens images and nets, and makes their tables.
func openPredict(ctx context.Context, j Job, ev conveyor.Events) (*system, error) {
	if err := j.ready(ctx); err != nil {
		return nil, err
	}
	j.Choice.Objects = datasets.ObjectsImage
	set, err := inputs.Open(ctx, j.Inputs, j.Choice, ev)
	if err != nil {
		return nil, err
	}
	if j.Submission != nil {
		if err := j.Submission.Take(set); err != nil {
			return nil, err
		}
	}
	s, err := newSystem(ctx, j, set, false, ev)
	if err != nil {
		return nil, err
	}
	if j.Submission != nil {
		if err := j.Submission.Check(s.classes); err != nil {
			return nil, err
		}
	}
	if len(s.tellers) == 0 && len(s.classes) > 1 {
		return nil, fmt.Errorf("%s knows %d classes, and no net tells which of them an image is of: --weights names one, such as that which the boxes were trained from with its classes", j.Boxes[0], len(s.classes))
	}
	return s, nil
}

// write writes all files, each of which appears when it is complete.
func (s *system) write(ctx context.Context, p *Predicted, ev conveyor.Events) error {
	return atomicfile.Write(p.Files[0], true, func(table io.Writer) error {
		return atomicfile.Write(p.Files[1], true, func(lines io.Writer) error {
			w := csv.NewWriter(table)
			if err := w.Write(csvColumns); err != nil {
				return err
			}
			encoder := json.NewEncoder(lines)
			encoder.SetEscapeHTML(false)
			err := s.answers(ctx, func(a Answer) error {
				if a.Error != "" {
					p.Failed++
					ev.TellWarning(a.Image, a.Error)
				}
				p.Boxes += len(s.shown(a))
				s.submit(a)
				return errors.Join(encoder.Encode(a), s.tabulate(w, a), s.annotate(a))
			})
			w.Flush()
			return errors.Join(err, w.Error())
		})
	})
}

// shown are the objects of an answer that stand in tables and annotations.
func (s *system) shown(a Answer) []Found { return a.Found[:min(len(a.Found), s.j.Top)] }

// submit adds the answer to the submission, if there is one.
func (s *system) submit(a Answer) {
	if s.j.Submission == nil {
		return
	}
	var classes []evaluation.Submitting
	for _, f := range a.Found {
		classes = append(classes, evaluation.Submitting{Label: f.Class, Box: &[4]float64{f.Box.XMin, f.Box.YMin, f.Box.XMax, f.Box.YMax}})
	}
	s.j.Submission.Add(a.Image, a.Error != "", classes)
}

// answers tells what was found in each image, in their order.
func (s *system) answers(ctx context.Context, tell func(Answer) error) (err error) {
	w, err := s.walk()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for range s.set.Items {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := w.next()
		if err != nil {
			return err
		}
		path, err := filepath.Abs(s.set.Items[w.item-1].At.Path)
		if err != nil {
			return err
		}
		a := Answer{Image: v.row.Image, Path: path, Width: v.of.Width, Height: v.of.Height, Found: []Found{}, Error: v.row.Error}
		if a.Error == "" {
			if a.Found, err = v.densest(s, s.every(), v.likely(s, localise.MostPredictions)); err != nil {
				return err
			}
		}
		if err := tell(a); err != nil {
			return err
		}
	}
	return nil
}

// csvColumns are those that csv: reads, and two more.
var csvColumns = []string{"path", "id", "object", "labels", "xmin", "ymin", "xmax", "ymax", "posterior", "rating"}

// tabulate writes the rows of an answer.
func (s *system) tabulate(w *csv.Writer, a Answer) error {
	for n, f := range s.shown(a) {
		row := []string{filepath.ToSlash(a.Path), a.Image, strconv.Itoa(n + 1), f.Class}
		for _, v := range []float64{f.Box.XMin, f.Box.YMin, f.Box.XMax, f.Box.YMax} {
			row = append(row, decimals(v))
		}
		if err := w.Write(append(row, strconv.FormatFloat(f.Posterior, 'g', 6, 64), strconv.FormatFloat(f.Rating, 'g', 6, 64))); err != nil {
			return err
		}
	}
	return nil
}

// decimals writes a coordinate, which has two at most.
func decimals(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
