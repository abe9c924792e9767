package reproduction

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/download"
	"fc7/pipeline/extraction"
	"fc7/pipeline/heads"
	"fc7/pipeline/pages"
	"fc7/pipeline/paper"
	"fc7/vgg"
)

// Job says which figures of the paper's appendix B to compute again.
type Job struct {
	Task     string            // one of Tasks
	Data     string            // folder of the data set
	WeightsD string            // file of VGG-16
	WeightsE string            // file of VGG-19; empty: D alone
	As       download.Readings // of the two
	Scales   []int             // nil: the paper's
	Choice   datasets.Options
	Threads  int
	Update   extraction.Update // of tables of another state of the data set; heads on a table that changed are trained again
	Until    string            // one of Steps, the last one to do; empty: all
	Out      string
	Command  *origin.Command // by which the job was given, for its reports; nil: not known
}

// Steps are the steps of a reproduction, in order.
func Steps() []string { return []string{stepFeatures, stepHeads, stepReport} }

const (
	stepFeatures = "features"
	stepHeads    = "heads"
	stepReport   = "report"
)

// Tasks are the paper's tasks, as Job names them.
func Tasks() []string { return protocol.Tasks() }

// Result is what Reproduce did; what a later step makes is empty where the job ends before it.
type Result struct {
	paper.Reproduction
	Extracted []*extraction.Result
	Heads     []*heads.Result
	Report    string
	Took      []Step
}

// Reproduce extracts descriptors with the paper's settings, trains heads on those of each net and of both, scores them
// by the data set's protocol, and writes a report. What the run's folder holds of the same settings is kept, in every
// step; a table of other settings is a *table.MismatchError. It returns conveyor.ErrSomeFailed with a complete result
// if images failed.
func Reproduce(ctx context.Context, j Job, ev conveyor.Events) (*Result, error) {
	t, err := taskFor(j)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.NotOurs(j.Out, []string{folderD, folderE}, paper.File, pages.OwnFile); err != nil {
		return nil, err
	}
	r := &Result{Reproduction: paper.Reproduction{Task: j.Task}}
	began := time.Now()
	step := func(name string) {
		r.Took = append(r.Took, Step{name, time.Since(began)})
		began = time.Now()
	}
	var failed error
	if r.Extracted, err = extraction.ExtractNets(ctx, t.extract, t.nets, ev); err != nil {
		if !errors.Is(err, conveyor.ErrSomeFailed) {
			return nil, err
		}
		failed = err
	}
	step("extract descriptors")
	if j.Until == stepFeatures {
		return r, failed
	}
	for _, p := range t.parts() {
		h, err := t.train(ctx, p, ev)
		if err != nil {
			return nil, err
		}
		r.Heads = append(r.Heads, h)
		if l := paper.LineOf(h, r.random()); l != nil {
			l.Net = p.name
			r.Lines = append(r.Lines, *l)
		}
		r.Main = p.Place
	}
	if err := outputs.WriteJSON(filepath.Join(j.Out, paper.File), r.Reproduction); err != nil {
		return nil, err
	}
	step("train and score heads")
	if j.Until == stepHeads {
		return r, failed
	}
	if r.Report, err = pages.Write(ctx, pages.Job{Run: j.Out}); err != nil {
		return nil, err
	}
	step("write the report")
	return r, failed
}

// random tells whether any of the nets has random weights.
func (r *Result) random() bool {
	return slices.ContainsFunc(r.Extracted, func(e *extraction.Result) bool { return !e.Trained })
}

// task is a job with the paper's settings filled in.
type task struct {
	job     Job
	objects bool // the rows are boxed objects
	extract extraction.Job
	nets    []extraction.NetFile
	heads   heads.Job // what all heads have in common
}

// The folders of a reproduction.
const (
	folderD  = "d"
	folderE  = "e"
	folderDE = "de"
)

func taskFor(j Job) (*task, error) {
	p, ok := protocol.OfTask(j.Task)
	if !ok {
		return nil, usage.Unknown("task", j.Task, Tasks()...)
	}
	if j.Until != "" && !slices.Contains(Steps(), j.Until) {
		return nil, fmt.Errorf("there is no step %q; there are %s", j.Until, strings.Join(Steps(), ", "))
	}
	t := &task{job: j, objects: p.Objects, nets: []extraction.NetFile{{Weights: j.WeightsD, As: j.As.Of(0), Folder: folderD}}}
	if j.WeightsE != "" {
		t.nets = append(t.nets, extraction.NetFile{Weights: j.WeightsE, As: j.As.Of(1), Folder: folderE})
	}
	for i, want := range []string{"vgg16", "vgg19"}[:len(t.nets)] {
		if err := expectBase(t.nets[i], want); err != nil {
			return nil, err
		}
	}
	scales := p.Paper.Recipe.Scales
	t.heads = heads.Job{
		Protocol: p.Name, Choice: extraction.FeatureChoice{Aggregate: p.Paper.Recipe.Aggregate}, Options: protocol.Options{Competition: p.Paper.Competition},
		Command: j.Command,
	}
	if p.Objects {
		j.Choice.Objects = datasets.ObjectsBoth
	}
	if len(j.Scales) > 0 {
		scales = j.Scales
	}
	t.heads.Options.Threads = j.Threads
	t.extract = extraction.Job{
		DataSet: p.Kind + ":" + j.Data, Choice: j.Choice, Describe: extract.Options{Scales: scales}, Out: j.Out, Threads: j.Threads, Command: j.Command,
		Update: j.Update,
	}
	return t, nil
}

// expectBase makes sure, before hours of work, that a file holds the net that the paper's table names, narrowed
// perhaps.
func expectBase(n extraction.NetFile, want string) error {
	f, err := download.Open(n.Weights, n.As)
	if err != nil {
		return err
	}
	defer f.Close()
	c, _, err := vgg.Recognise(f.File)
	if err != nil {
		return err
	}
	if base, _, _ := strings.Cut(c.Name, "/"); base != want {
		return fmt.Errorf("%s: the weights are of %s, expected %s: the paper's table 11 has nets D (vgg16) and E (vgg19)", n.Weights, c.Name, want)
	}
	return nil
}

// part is one line of the comparison: heads on some tables.
type part struct {
	paper.Place
	name    string
	tables  []string
	regions heads.Region
}

// parts are the lines of the comparison; the last is the one that counts.
func (t *task) parts() []part {
	type nets struct{ name, folder string }
	var of []part
	for _, n := range []nets{{protocol.PaperD, folderD}, {protocol.PaperE, folderE}, {protocol.PaperDE, folderDE}} {
		tables := []string{n.folder}
		if n.folder == folderDE {
			tables = []string{folderD, folderE}
		}
		if len(t.nets) == 1 && n.folder != folderD {
			continue
		}
		p := part{paper.Place{Table: tables[0], Heads: filepath.Join(n.folder, heads.Folder)}, n.name, tables, heads.RegionRow}
		if !t.objects {
			of = append(of, p)
			continue
		}
		image, both := p, p
		image.name, image.regions, image.Heads = p.name+protocol.PaperImage, heads.RegionImage, filepath.Join(n.folder, "heads-image")
		both.name, both.regions = p.name+protocol.PaperBoth, heads.RegionBoth
		of = append(of, image, both)
	}
	return of
}

// train trains a part's heads, unless they stand there with the same settings.
func (t *task) train(ctx context.Context, p part, ev conveyor.Events) (*heads.Result, error) {
	j := t.heads
	j.Regions, j.Out = p.regions, filepath.Join(t.job.Out, p.Heads)
	j.Features = filepath.Join(t.job.Out, p.tables[0])
	for _, more := range p.tables[1:] {
		j.Also = append(j.Also, filepath.Join(t.job.Out, more))
	}
	j.ExcludeFailed = len(p.tables) > 1 || p.regions == heads.RegionBoth // a stacked descriptor needs all its parts
	old, err := heads.ReadResult(j.Out)
	switch {
	case err == nil:
		if err := old.Fit(ctx, j); err == nil {
			ev.TellNote(p.name + ": the heads in " + j.Out + " stand already and fit: kept")
			return old, atomicfile.Tidy(ctx, j.Out)
		} else {
			ev.TellNote(fmt.Sprintf("%s: the heads in %s are trained again: %v", p.name, j.Out, err))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	j.Replace = true
	return heads.Train(ctx, j, ev)
}
