package evaluation

import (
	"context"
	"fmt"

	"fc7/datasets"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/heads/metrics"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/inputs"
)

// ClassifyJob asks nets for the classes of images.
type ClassifyJob struct {
	Weights []string // of one net, or of several, whose posteriors are averaged
	As      backbone.Readings
	Net     string           // expected net; empty: whatever the weights are of
	Classes string           // a file that names the outputs; empty: see Classified
	Inputs  []string         // image files and data sets, KIND:PATH
	Choice  datasets.Options // of data sets; see inputs.Open
	Testing Testing
	Top     int // classes to tell; of a submission as many as it needs

	Submission *Submission // whose images these must be; nil: of none

	Decode  picture.DecodeOptions
	Threads int
	teams   int // of these threads; 0: what is best here
}

// Classified is the answer for one image. The classes are those that the user's file or the weights name, or else those
// of ImageNet.
type Classified struct {
	Image  string        `json:"image"`
	Labels []string      `json:"labels,omitzero"`   // of the data set; empty: of none of its classes; nil: not known
	Top    []Probability `json:"classes,omitempty"` // the most probable first
	Error  string        `json:"error,omitempty"`   // why there is no answer
}

// Probability is that of a class.
type Probability struct {
	Class
	Probability float64 `json:"probability"`
}

// Classify tells the answer for each image to tell, in the order of the inputs. It returns conveyor.ErrSomeFailed if an
// image had no answer. With several nets or views, the posteriors of all images are held in memory between them.
func Classify(ctx context.Context, j ClassifyJob, tell func(Classified) error, ev conveyor.Events) error {
	if err := fits(ctx, j.Weights, j.As, j.Net, j.Testing); err != nil {
		return err
	}
	set, err := inputs.Open(ctx, j.Inputs, j.Choice, ev)
	if err != nil {
		return err
	}
	if j.Submission != nil {
		if err := j.Submission.Take(set); err != nil {
			return err
		}
	}
	t := j.Testing.resolved()
	c := &classifier{tell: tell, ev: ev, top: j.Top, parts: len(j.Weights) * len(t.Views) * len(t.Scales)}
	if len(j.Weights)*len(t.Views) > 1 {
		c.sums, c.errors = make([][]float64, len(set.Items)), map[int]string{}
	}
	for i, path := range j.Weights {
		net, err := backbone.LoadFor(ctx, backbone.Wanted{Net: j.Net, Weights: path, As: j.As.Of(i), Threads: j.Threads}, t.describe(t.Views[0]))
		if err != nil {
			return err
		}
		net.Tell(ev.TellNote)
		classes, err := ClassesOf(net, j.Classes)
		if err != nil {
			return err
		}
		if i > 0 && !sameClasses(classes, c.classes) {
			return fmt.Errorf("%s and %s have different classes: their posteriors cannot be averaged", j.Weights[0], path)
		}
		if c.classes = classes; j.Submission != nil {
			if err := j.Submission.Check(labelsOf(classes)); err != nil {
				return err
			}
			c.top = j.Submission.top(labelsOf(classes))
		}
		for k, v := range t.Views {
			c.last = i == len(j.Weights)-1 && k == len(t.Views)-1
			if err := c.pass(ctx, j, set, net, t.describe(v)); err != nil {
				return err
			}
		}
	}
	if c.failed > 0 {
		return fmt.Errorf("%d of %d: %w", c.failed, len(set.Items), conveyor.ErrSomeFailed)
	}
	return nil
}

// labelsOf are the classes' labels.
func labelsOf(classes []Class) (labels []string) {
	for _, c := range classes {
		labels = append(labels, c.Label)
	}
	return labels
}

// classifier is the consumer of one pass of a net over all images; the last pass tells the answers.
type classifier struct {
	classes []Class
	sums    [][]float64    // of earlier passes; nil: there is one pass only
	errors  map[int]string // why an image failed in an earlier pass
	parts   int            // posteriors that are averaged
	begun   bool           // a pass was
	last    bool
	top     int
	tell    func(Classified) error
	ev      conveyor.Events
	failed  int
}

func (c *classifier) pass(ctx context.Context, j ClassifyJob, set *datasets.Set, net *backbone.Net, o extract.Options) error {
	ev := c.ev
	if c.begun {
		ev.Note = nil // of teams it was told
	}
	c.begun = true
	d, err := extraction.NewDescribers(net, o, extraction.Cores{Threads: j.Threads, Teams: j.teams, Images: len(set.Items)}, ev)
	if err != nil {
		return err
	}
	defer d.Close()
	all := make([]int, len(set.Items))
	for i := range all {
		all[i] = i
	}
	return d.Run(ctx, d.Conveyor(set, conveyor.Options{Decode: j.Decode, Threads: j.Threads}, c.ev), all, c)
}

func (c *classifier) Consume(ctx context.Context, rows <-chan conveyor.Numbered) error {
	for n := range rows {
		if ctx.Err() != nil {
			return nil
		}
		if !c.last {
			c.keep(n)
			continue
		}
		if err := c.tell(c.classified(n)); err != nil {
			return err
		}
	}
	return nil
}

// keep holds what an earlier pass made of an image.
func (c *classifier) keep(n conveyor.Numbered) {
	c.sums[n.Item] = average(c.sums[n.Item], n.Row.Descriptors)
	if n.Row.Status != outputs.StatusOK {
		c.errors[n.Item] = n.Row.Error
	}
}

// classified is the answer after the last pass; an image that failed in any pass has none.
func (c *classifier) classified(n conveyor.Numbered) Classified {
	a := Classified{Image: n.Row.Image, Labels: n.Row.KnownLabels(), Error: n.Row.Error}
	if reason, failed := c.errors[n.Item]; failed {
		a.Error = reason
	}
	if a.Error != "" {
		c.failed++
		c.ev.TellWarning(n.Row.Image, a.Error)
		return a
	}
	var sum []float64
	if c.sums != nil {
		sum = c.sums[n.Item]
	}
	a.Top = c.answer(average(sum, n.Row.Descriptors))
	return a
}

func (c *classifier) answer(sum []float64) []Probability {
	var top []Probability
	for _, k := range metrics.Top(sum, c.top) {
		top = append(top, Probability{c.classes[k], sum[k] / float64(c.parts)})
	}
	return top
}
