package evaluation

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"fc7/datasets"
	"fc7/extract"
	"fc7/extract/picture"
	"fc7/heads/metrics"
	"fc7/internal/atomicfile"
	"fc7/internal/few"
	"fc7/internal/filename"
	"fc7/internal/origin"
	"fc7/internal/seal"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/inputs"
)

// Job measures the classification error of nets on a labelled data set.
type Job struct {
	DataSet   string           // KIND:PATH, one label an image
	Choice    datasets.Options // of an imagenet: without a split, val
	Weights   []string         // of one net or several
	As        backbone.Readings
	Net       string // expected net; empty: whatever the weights are of
	Classes   string // a file that names the outputs; empty: as for Classify
	Testing   Testing
	Decode    picture.DecodeOptions
	Out       string // the run's folder
	Threads   int
	teams     int             // of these threads; 0: what is best here
	ShardRows int             // see extraction.Job
	Worst     int             // classes and confusions to tell
	Command   *origin.Command // by which the job was given, for its report; nil: not known
}

// What Evaluate leaves in the run's folder.
const (
	PosteriorsDir   = "posteriors"          // a feature table for each net and kind of views
	PredictionsName = "predictions.parquet" // the answers for each image
	EvaluationName  = "evaluation.json"     // the Result
)

// Result is the error of each net, way of testing and combination. The last row is of all posteriors together; what
// follows it is by its answers.
type Result struct {
	DataSet    string          `json:"data_set"`
	Kind       string          `json:"kind"`
	Images     int             `json:"images"`
	Failed     int             `json:"failed"`     // not read: each counts as an error
	Unlabelled int             `json:"unlabelled"` // not counted
	Nets       []EvaluatedNet  `json:"nets"`
	Rows       []ErrorRow      `json:"rows"`
	Worst      []WorstClass    `json:"worst_classes"`
	Confusions []ConfusedClass `json:"confusions"`
	Made       *origin.Command `json:"made,omitempty"` // nil: not known
	// Predictions is the SHA-256 of PredictionsName; "": an earlier fc7 wrote this.
	Predictions string   `json:"predictions_sha256,omitempty"`
	Tables      []string `json:"-"` // folders of the posteriors
	Out         string   `json:"-"`
}

// EvaluatedNet names one of the nets.
type EvaluatedNet struct {
	Net     string `json:"net"`
	Weights string `json:"weights"`
	SHA256  string `json:"sha256"`
	Trained bool   `json:"trained"` // false: the weights are random
}

// ErrorRow is the error of one way of testing.
type ErrorRow struct {
	Nets   []string      `json:"nets"`
	Views  string        `json:"views"` // dense, crops, dense+crops or centre
	Scales []int         `json:"scales"`
	Images int           `json:"images"`
	Top1   metrics.Value `json:"top1"` // share of the images whose class was not the first answer
	Top5   metrics.Value `json:"top5"` // nor among the first five
	// MeanRecall is the mean over the classes of the share of their images that were answered right.
	MeanRecall metrics.Value `json:"mean_class_recall"`
	Published  []Published   `json:"published,omitempty"`
}

// WorstClass is a class with many errors.
type WorstClass struct {
	Class
	metrics.ClassError
}

// ConfusedClass is a frequent wrong answer.
type ConfusedClass struct {
	Truth  Class `json:"truth"`
	Answer Class `json:"answer"`
	Count  int   `json:"count"`
}

// ReadResult reads what Evaluate left in a run's folder.
func ReadResult(run string) (*Result, error) {
	path := filepath.Join(run, EvaluationName)
	r := &Result{Out: run}
	if err := outputs.ReadJSON(path, r); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// check makes sure that figures that were read are such.
func (r *Result) check() error {
	if len(r.Rows) == 0 {
		return errors.New("no figures: was it written by fc7 evaluate?")
	}
	for i, row := range r.Rows {
		for _, v := range []metrics.Value{row.Top1, row.Top5, row.MeanRecall} {
			if v < 0 || v > 1 {
				return fmt.Errorf("row %d: expected shares between 0 and 1, found %g", i, float64(v))
			}
		}
		if row.Images < 0 {
			return fmt.Errorf("row %d: expected 0 images or more, found %d", i, row.Images)
		}
	}
	return nil
}

// Evaluate makes or completes the posteriors of every image, net and kind of views as feature tables in Out, and scores
// them. Like an extraction it can be interrupted, and goes on where it was; nets and views can be added later, and what
// is there is not computed again. It returns conveyor.ErrSomeFailed with a complete result if images failed.
func Evaluate(ctx context.Context, j Job, ev conveyor.Events) (*Result, error) {
	p, err := begin(ctx, j, ev)
	if err != nil {
		return nil, err
	}
	j = p.j
	for i, path := range j.Weights {
		if err := p.net(ctx, path, j.As.Of(i)); err != nil {
			return nil, err
		}
	}
	e := &Result{DataSet: j.DataSet, Kind: p.set.Kind, Images: len(p.set.Items), Nets: p.nets, Tables: p.dirs(), Out: j.Out, Made: j.Command}
	if err := p.score(ctx, e); err != nil {
		return nil, err
	}
	if e.Predictions, err = seal.File(filepath.Join(j.Out, PredictionsName)); err != nil {
		return nil, err
	}
	if err := outputs.WriteJSON(filepath.Join(j.Out, EvaluationName), e); err != nil {
		return nil, err
	}
	if e.Failed > 0 {
		return e, fmt.Errorf("%d of %d: %w", e.Failed, e.Images, conveyor.ErrSomeFailed)
	}
	return e, nil
}

// openLabelled opens the data set and makes sure that it has labels.
func openLabelled(ctx context.Context, j *Job, ev conveyor.Events) (*datasets.Set, error) {
	if strings.HasPrefix(j.DataSet, "imagenet:") && j.Choice.Split == "" {
		j.Choice.Split = datasets.SplitVal
	}
	set, err := datasets.Open(ctx, j.DataSet, j.Choice)
	if err != nil {
		return nil, err
	}
	inputs.Tell(set, ev)
	labelled := 0
	for _, it := range set.Items {
		if len(it.Labels()) > 1 {
			return nil, fmt.Errorf("%s: %s has the labels %v: a classification error needs one label an image", j.DataSet, it.ID, it.Labels())
		}
		labelled += len(it.Labels())
	}
	if labelled == 0 {
		return nil, fmt.Errorf("%s: no image has a label: there is nothing to compare the answers with", j.DataSet)
	}
	if n := len(set.Items) - labelled; n > 0 {
		ev.TellNote(few.Count(n, "image") + " without a label: not counted")
	}
	return set, nil
}

// posteriors are the tables of an evaluation.
type posteriors struct {
	j       Job
	set     *datasets.Set
	ev      conveyor.Events
	nets    []EvaluatedNet
	classes []Class
	tables  []posteriorTable
}

// posteriorTable is the table of one net and kind of views.
type posteriorTable struct {
	net   int
	views extract.ViewMode
	dir   string
}

func (p *posteriors) dirs() []string {
	var dirs []string
	for _, t := range p.tables {
		dirs = append(dirs, t.dir)
	}
	return dirs
}

// begin checks a job and opens its data set.
func begin(ctx context.Context, j Job, ev conveyor.Events) (*posteriors, error) {
	if len(j.Weights) == 0 {
		return nil, errors.New("no weights to evaluate")
	}
	if err := fits(ctx, j.Weights, j.As, j.Net, j.Testing); err != nil {
		return nil, err
	}
	if err := atomicfile.NotOurs(j.Out, []string{PosteriorsDir}, EvaluationName, PredictionsName); err != nil {
		return nil, err
	}
	j.Testing = j.Testing.resolved()
	set, err := openLabelled(ctx, &j, ev)
	if err != nil {
		return nil, err
	}
	return &posteriors{j: j, set: set, ev: ev.WarnOnce()}, nil
}

// fits is the error of weights that cannot be tested so, before a long list of images is read.
func fits(ctx context.Context, files []string, as backbone.Readings, net string, t Testing) error {
	t = t.resolved()
	o := t.describe(t.Views[0])
	return backbone.Distinct(ctx, backbone.WantedAll(files, as, net), &o)
}

// load loads one of the nets, whose classes must be those of the others and of the images.
func (p *posteriors) load(ctx context.Context, path string, as backbone.Reading) (*backbone.Net, error) {
	t := p.j.Testing
	net, err := backbone.LoadFor(ctx, backbone.Wanted{Net: p.j.Net, Weights: path, As: as, Threads: p.j.Threads}, t.describe(t.Views[0]))
	if err != nil {
		return nil, err
	}
	net.Tell(p.ev.TellNote)
	classes, err := ClassesOf(net, p.j.Classes)
	if err != nil {
		return nil, err
	}
	if len(p.nets) > 0 && !sameClasses(classes, p.classes) {
		return nil, fmt.Errorf("%s and %s have different classes: their posteriors cannot be averaged", p.j.Weights[0], path)
	}
	if p.classes = classes; len(p.nets) == 0 {
		if _, err := p.truth(); err != nil {
			return nil, err
		}
	}
	p.nets = append(p.nets, EvaluatedNet{Net: net.Config.Name, Weights: path, SHA256: net.SHA256, Trained: net.Trained})
	return net, nil
}

// tableJob makes the table of one net and kind of views.
func (p *posteriors) tableJob(net *backbone.Net, path string, as backbone.Reading, v extract.ViewMode) (extraction.Job, error) {
	dir, err := p.tableFolder(net, v)
	return extraction.Job{
		DataSet: p.j.DataSet, Choice: p.j.Choice, Weights: path, As: as, Describe: p.j.Testing.describe(v), Decode: p.j.Decode,
		Out: dir, Threads: p.j.Threads, Teams: p.j.teams, ShardRows: p.j.ShardRows, Command: p.j.Command,
	}, err
}

// net makes or completes the tables of one net.
func (p *posteriors) net(ctx context.Context, path string, as backbone.Reading) error {
	net, err := p.load(ctx, path, as)
	if err != nil {
		return err
	}
	t := p.j.Testing
	for _, v := range t.Views {
		one, err := p.tableJob(net, path, as, v)
		if err != nil {
			return err
		}
		if len(p.j.Weights)*len(t.Views) > 1 {
			p.ev.TellNote(fmt.Sprintf("posteriors of %s, %v", net.Config.Name, v))
		}
		_, err = extraction.ExtractSet(ctx, one, p.set, net, p.ev)
		if err != nil && !errors.Is(err, conveyor.ErrSomeFailed) {
			return err
		}
		p.tables = append(p.tables, posteriorTable{len(p.nets) - 1, v, one.Out})
	}
	return nil
}

// tableFolder is the folder of the table of one net and kind of views: the net, with - for what is in the name of a net
// (vgg16/8:fc256) but in none of a file.
func (p *posteriors) tableFolder(net *backbone.Net, v extract.ViewMode) (string, error) {
	name := strings.NewReplacer("/", "-", ":", "-").Replace(net.Config.Name)
	return atomicfile.Under(filepath.Join(p.j.Out, PosteriorsDir)).Entry(filename.Of(fmt.Sprintf("%s-%s-%s", name, net.Tag(), v), ""))
}

// truth is the output of the true class of each image; -1: it has no label. Every class that an image has must be among
// the net's.
func (p *posteriors) truth() ([]int, error) {
	place := make(map[string]int)
	for k, c := range p.classes {
		place[c.Label] = k
	}
	has := make(map[string]bool)
	for _, it := range p.set.Items {
		for _, l := range it.Labels() {
			has[l] = true
		}
	}
	var unknown []string
	for _, c := range p.set.Classes {
		if _, ok := place[c]; !ok && has[c] {
			unknown = append(unknown, c)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%s: %d of the %d classes of its images are none of the net's %d (%s): the net was trained on others (%s), or its list of classes is needed",
			p.j.DataSet, len(unknown), len(has), len(p.classes), few.Names(unknown), p.classes[0].Label+", …")
	}
	truth := make([]int, len(p.set.Items))
	for i, it := range p.set.Items {
		truth[i] = -1
		if len(it.Labels()) == 1 {
			truth[i] = place[it.Labels()[0]]
		}
	}
	return truth, nil
}
