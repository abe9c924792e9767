package localisation

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"fc7/datasets"
	"fc7/heads/localise"
	"fc7/internal/few"
	"fc7/internal/origin"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/inputs"
)

// resultName is the Result in the run's folder.
const resultName = "localisation.json"

// Result is how well nets localise.
type Result struct {
	DataSet   string          `json:"data_set"`
	Kind      string          `json:"kind"`
	Images    int             `json:"images"`
	Failed    int             `json:"failed"` // not read: each counts as an error
	Boxes     []Net           `json:"boxes_nets"`
	Weights   []Net           `json:"class_nets"`
	Merging   Merging         `json:"merging"`
	Flip      bool            `json:"flip,omitempty"` // the mirror images were looked at, too
	Rows      []Row           `json:"rows"`
	Published []Published     `json:"published"`
	Examples  Examples        `json:"examples"`
	Made      *origin.Command `json:"made,omitempty"` // nil: not known
	Out       string          `json:"-"`
}

// The ways to come to a box.
const (
	ViewsConstant = "constant" // the same box in the middle of every image: the baseline that looks at nothing
	ViewsCentre   = "centre"   // the middle of the image at S (table 8)
	ViewsDense    = "dense"    // all windows, merged (table 9)
)

// Row is one way of testing. Shares are of the objects: an image of objects of several classes counts once for each.
type Row struct {
	Views   string  `json:"views"`
	Nets    []int   `json:"nets,omitempty"` // places among the nets of boxes
	Scales  []int   `json:"scales,omitempty"`
	Share   float64 `json:"share,omitempty"` // of the image's sides, of a constant box
	Objects int     `json:"objects"`
	// Right is the share of the objects whose box has an IoU of 0.5 or more with a true one, where the class is given.
	Right   float64 `json:"right_class_known"`
	MeanIoU float64 `json:"mean_iou"`
	CorLoc  float64 `json:"mean_corloc"` // mean over the classes of Right
	// Classes are Right of each class.
	Classes map[string]float64 `json:"corloc"`
	// Top1 and Top5 are ILSVRC's errors: class and box are to be right. nil: no net tells classes.
	Top1 *float64 `json:"top1_error,omitempty"`
	Top5 *float64 `json:"top5_error,omitempty"`
	// Class1 and Class5 are the errors of the classes alone.
	Class1 *float64 `json:"top1_class_error,omitempty"`
	Class5 *float64 `json:"top5_class_error,omitempty"`
}

// Evaluate scores the boxes that nets predict for a data set that has true ones. It returns conveyor.ErrSomeFailed with
// a complete result if images failed.
func Evaluate(ctx context.Context, j Job, ev conveyor.Events) (*Result, error) {
	set, s, err := openEvaluate(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	r := &Result{DataSet: j.DataSet, Kind: set.Kind, Images: len(set.Items), Merging: j.Merge, Flip: j.Flip, Published: published, Made: j.Command, Out: j.Out}
	r.Boxes, r.Weights = s.asked()
	if err := s.judge(ctx, r, set.Boxes); err != nil {
		return nil, err
	}
	if err := outputs.WriteJSON(filepath.Join(j.Out, resultName), r); err != nil {
		return nil, err
	}
	if r.Failed > 0 {
		return r, fmt.Errorf("%d of %d: %w", r.Failed, r.Images, conveyor.ErrSomeFailed)
	}
	return r, nil
}

// openEvaluate opens data set and nets of an evaluation, and makes their tables.
func openEvaluate(ctx context.Context, j Job, ev conveyor.Events) (*datasets.Boxed, *system, error) {
	if err := j.ready(ctx); err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(j.DataSet, "imagenet:") && j.Choice.Split == "" {
		j.Choice.Split = datasets.SplitVal
	}
	set, err := datasets.OpenBoxed(ctx, j.DataSet, j.Choice)
	if err != nil {
		return nil, nil, err
	}
	inputs.Tell(set.Set, ev)
	s, err := newSystem(ctx, j, set.Set, true, ev)
	return set, s, err
}

// ready checks a job, and that its nets are there.
func (j *Job) ready(ctx context.Context) error {
	if err := j.Check(); err != nil {
		return err
	}
	if err := backbone.Distinct(ctx, backbone.WantedAll(j.Boxes, nil, ""), nil); err != nil || len(j.Weights) == 0 {
		return err
	}
	return backbone.Distinct(ctx, backbone.WantedAll(j.Weights, j.As, ""), nil)
}

// rows are the ways of testing: constant boxes, then each net of boxes by itself, then all together.
func (s *system) rows() (all []Row) {
	shares := []float64{1, 0.75}
	for _, b := range s.boxes {
		if !slices.Contains(shares, b.head.Central) {
			shares = append(shares, b.head.Central)
		}
	}
	for _, share := range shares {
		all = append(all, Row{Views: ViewsConstant, Share: share})
	}
	for n, b := range s.boxes {
		all = append(all, Row{Views: ViewsCentre, Nets: []int{n}, Scales: []int{b.head.Side}}, Row{Views: ViewsDense, Nets: []int{n}, Scales: b.scales})
	}
	if len(s.boxes) > 1 {
		all = append(all, Row{Views: ViewsDense, Nets: s.every(), Scales: s.scales})
	}
	return all
}

// judge fills in the rows of a result.
func (s *system) judge(ctx context.Context, r *Result, boxes [][]datasets.ObjectBox) (err error) {
	r.Rows = s.rows()
	cases := make([][]localise.Image, len(r.Rows))
	truth, err := s.truth(boxes)
	if err != nil {
		return err
	}
	w, err := s.walk()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for i := range truth {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := w.next()
		if err != nil {
			return err
		}
		if v.row.Error != "" {
			r.Failed++
		}
		for k, row := range r.Rows {
			more, err := s.cases(v, row, truth[i])
			if err != nil {
				return err
			}
			if cases[k] = append(cases[k], more...); k == len(r.Rows)-1 {
				s.examples(&r.Examples, v, more)
			}
		}
	}
	for k := range r.Rows {
		if err := r.Rows[k].measure(cases[k], s); err != nil {
			return err
		}
	}
	return nil
}

// classTruth are the boxes of an image that are of one class.
type classTruth struct {
	class int
	boxes []*datasets.Box
}

// truth are the true boxes of each image by class, in the order of its objects. Every class must be one of the
// system's.
func (s *system) truth(boxes [][]datasets.ObjectBox) ([][]classTruth, error) {
	all := make([][]classTruth, len(boxes))
	var unknown []string
	for i, objects := range boxes {
		for _, o := range objects {
			class := slices.Index(s.classes, o.Class)
			if class < 0 {
				if !slices.Contains(unknown, o.Class) {
					unknown = append(unknown, o.Class)
				}
				continue
			}
			at := slices.IndexFunc(all[i], func(t classTruth) bool { return t.class == class })
			if at < 0 {
				at = len(all[i])
				all[i] = append(all[i], classTruth{class: class})
			}
			all[i][at].boxes = append(all[i][at].boxes, o.Box)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%s: %d of its classes are none of the nets' %d: %s", s.j.DataSet, len(unknown), len(s.classes), few.Names(unknown))
	}
	return all, nil
}

// cases are what one way of testing says of an image, once for each class that it has objects of.
func (s *system) cases(v *sight, row Row, truth []classTruth) (all []localise.Image, err error) {
	var classes []int // whose boxes are asked for: those of the objects, then the most probable
	for _, t := range truth {
		all, classes = append(all, localise.Image{Class: t.class, Boxes: t.in(v.of)}), append(classes, t.class)
	}
	if v.row.Error != "" {
		return all, nil
	}
	if v.posterior != nil {
		classes = append(classes, v.likely(s, localise.MostPredictions)...)
	}
	boxes, err := s.places(v, row, classes)
	if err != nil {
		return nil, err
	}
	var predicted []localise.Prediction
	for i := len(truth); i < len(classes); i++ {
		predicted = append(predicted, localise.Prediction{Class: classes[i], Box: boxes[i]})
	}
	for i := range all {
		all[i].Given, all[i].Predicted = &boxes[i], predicted
	}
	return all, nil
}

// places are the boxes that one way of testing gives for classes.
func (s *system) places(v *sight, row Row, classes []int) (boxes []localise.Box, err error) {
	if row.Views == ViewsDense {
		found, err := v.densest(s, row.Nets, classes)
		for _, f := range found {
			boxes = append(boxes, f.Box)
		}
		return boxes, err
	}
	for _, c := range classes {
		if row.Views == ViewsConstant {
			boxes = append(boxes, localise.Central(float64(v.of.Width), float64(v.of.Height), row.Share))
		} else {
			boxes = append(boxes, v.central(s, row.Nets[0], c))
		}
	}
	return boxes, nil
}

// in are the boxes in an image of that size; of one that was not read, whose size is not known, as they were drawn.
func (t classTruth) in(of localise.Size) (all []localise.Box) {
	for _, b := range t.boxes {
		x := *b
		if of != (localise.Size{}) {
			x = b.In(of.Width, of.Height)
		}
		all = append(all, localise.Box{XMin: x.XMin, YMin: x.YMin, XMax: x.XMax, YMax: x.YMax})
	}
	return all
}

// measure fills in the figures.
func (r *Row) measure(cases []localise.Image, s *system) error {
	m, err := localise.Measure(cases)
	if err != nil {
		return err
	}
	r.Objects, r.Right, r.MeanIoU, r.Classes = m.Images, m.Given, m.MeanIoU, map[string]float64{}
	for c := range s.classes { // in order, so that the sum is the same each time
		if v, ok := m.CorLoc[c]; ok {
			r.Classes[s.classes[c]] = v
			r.CorLoc += v / float64(len(m.CorLoc))
		}
	}
	if len(s.tellers) > 0 {
		wrong := func(right float64) *float64 { return new(1 - right) }
		r.Top1, r.Top5, r.Class1, r.Class5 = wrong(m.Top1), wrong(m.Top5), wrong(m.Classified1), wrong(m.Classified5)
	}
	return nil
}
