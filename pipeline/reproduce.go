package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/download"
	"fc7/vgg"
)

// ReproduceJob says which figures of the paper's appendix B to compute again.
type ReproduceJob struct {
	Task     string // one of Tasks
	Data     string // folder of the data set
	WeightsD string // file of VGG-16
	WeightsE string // file of VGG-19; empty: D alone
	Scales   []int  // nil: the paper's
	Choice   datasets.Options
	Threads  int
	Until    string // one of ReproduceSteps, the last one to do; empty: all
	Out      string
}

// ReproduceSteps are the steps of a reproduction, in order.
func ReproduceSteps() []string { return []string{stepFeatures, stepHeads, stepReport} }

const (
	stepFeatures = "features"
	stepHeads    = "heads"
	stepReport   = "report"
)

// Tasks are the paper's tasks, as ReproduceJob names them.
func Tasks() []string { return []string{"voc2007", "voc2012", "action", "caltech101", "caltech256"} }

// ReproduceFile is what Reproduce keeps of the figures, in the run's folder.
const ReproduceFile = "reproduce.json"

// Reproduction is the content of ReproduceFile: our figures beside the paper's.
type Reproduction struct {
	Task  string      `json:"task"`
	Lines []PaperLine `json:"lines"`
	Main  HeadsPlace  `json:"main"` // what the report shows in detail
}

// HeadsPlace is where heads and the first of their tables stand, below the run's folder.
type HeadsPlace struct {
	Table string `json:"table"`
	Heads string `json:"heads"`
}

// ReproduceResult is what Reproduce did; what a later step makes is empty where the job ends before it.
type ReproduceResult struct {
	Reproduction
	Extracted []*ExtractResult
	Heads     []*HeadsResult
	Report    string
	Took      []Step
}

// Reproduce extracts descriptors with the paper's settings, trains heads on those of each net and of both, scores them by the data
// set's protocol, and writes a report. What the run's folder holds of the same settings is kept, in every step; a table of other
// settings is a *MismatchError. It returns ErrSomeFailed with a complete result if images failed.
func Reproduce(ctx context.Context, j ReproduceJob, ev Events) (*ReproduceResult, error) {
	t, err := taskFor(j)
	if err != nil {
		return nil, err
	}
	r := &ReproduceResult{Reproduction: Reproduction{Task: j.Task}}
	began := time.Now()
	step := func(name string) {
		r.Took = append(r.Took, Step{name, time.Since(began)})
		began = time.Now()
	}
	var failed error
	if r.Extracted, err = ExtractNets(ctx, t.extract, t.nets, ev); err != nil {
		if !errors.Is(err, ErrSomeFailed) {
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
		if l := paperLine(h, r.random()); l != nil {
			l.Net = p.name
			r.Lines = append(r.Lines, *l)
		}
		r.Main = p.HeadsPlace
	}
	if err := outputs.WriteJSON(filepath.Join(j.Out, ReproduceFile), r.Reproduction); err != nil {
		return nil, err
	}
	step("train and score heads")
	if j.Until == stepHeads {
		return r, failed
	}
	if r.Report, err = Report(ctx, ReportJob{Run: j.Out}); err != nil {
		return nil, err
	}
	step("write the report")
	return r, failed
}

// random tells whether any of the nets has random weights.
func (r *ReproduceResult) random() bool {
	return slices.ContainsFunc(r.Extracted, func(e *ExtractResult) bool { return !e.Trained })
}

// task is a job with the paper's settings filled in.
type task struct {
	job     ReproduceJob
	extract ExtractJob
	nets    []NetFile
	heads   HeadsJob // what all heads have in common
}

// The folders of a reproduction.
const (
	folderD  = "d"
	folderE  = "e"
	folderDE = "de"
)

func taskFor(j ReproduceJob) (*task, error) {
	if !slices.Contains(Tasks(), j.Task) {
		return nil, fmt.Errorf("there is no task %q; there are %s", j.Task, strings.Join(Tasks(), ", "))
	}
	if j.Until != "" && !slices.Contains(ReproduceSteps(), j.Until) {
		return nil, fmt.Errorf("there is no step %q; there are %s", j.Until, strings.Join(ReproduceSteps(), ", "))
	}
	t := &task{job: j, nets: []NetFile{{Weights: j.WeightsD, Folder: folderD}}}
	if j.WeightsE != "" {
		t.nets = append(t.nets, NetFile{Weights: j.WeightsE, Folder: folderE})
	}
	for i, want := range []string{"vgg16", "vgg19"}[:len(t.nets)] {
		if err := expectBase(t.nets[i].Weights, want); err != nil {
			return nil, err
		}
	}
	kind := j.Task
	recipe, _ := paperRecipe(j.Task)
	scales := recipe.Scales
	t.heads = HeadsJob{Protocol: j.Task, Choice: FeatureChoice{Aggregate: recipe.Aggregate}}
	switch j.Task {
	case "voc2007", "voc2012":
		t.heads.Competition = 2 // nets pre-trained on other data
	case "action":
		kind, t.heads.Protocol, t.heads.Competition = "voc2012:action", "voc2012-action", 10
		recipe, _ = paperRecipe("voc2012")
		scales, t.heads.Choice.Aggregate = recipe.Scales, protocol.Mean
		j.Choice.Objects = datasets.ObjectsBoth
	}
	if len(j.Scales) > 0 {
		scales = j.Scales
	}
	t.heads.Settings.Threads = j.Threads
	t.extract = ExtractJob{
		DataSet: kind + ":" + j.Data, Choice: j.Choice, Describe: extract.Options{Scales: scales}, Out: j.Out, Threads: j.Threads,
	}
	return t, nil
}

// expectBase makes sure, before hours of work, that a file holds the net that the paper's table names, narrowed perhaps.
func expectBase(path, want string) error {
	f, err := download.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	c, _, err := vgg.Recognise(f.File)
	if err != nil {
		return err
	}
	if base, _, _ := strings.Cut(c.Name, "/"); base != want {
		return fmt.Errorf("%s: the weights are of %s, expected %s: the paper's table 11 has nets D (vgg16) and E (vgg19)", path, c.Name, want)
	}
	return nil
}

// part is one line of the comparison: heads on some tables.
type part struct {
	HeadsPlace
	name    string
	tables  []string
	regions Region
}

// parts are the lines of the comparison; the last is the one that counts.
func (t *task) parts() []part {
	type nets struct{ name, folder string }
	var of []part
	for _, n := range []nets{{PaperD, folderD}, {PaperE, folderE}, {PaperDE, folderDE}} {
		tables := []string{n.folder}
		if n.folder == folderDE {
			tables = []string{folderD, folderE}
		}
		if len(t.nets) == 1 && n.folder != folderD {
			continue
		}
		p := part{HeadsPlace{Table: tables[0], Heads: filepath.Join(n.folder, "heads")}, n.name, tables, RegionRow}
		if t.job.Task != "action" {
			of = append(of, p)
			continue
		}
		image, both := p, p
		image.name, image.regions, image.Heads = p.name+", image", RegionImage, filepath.Join(n.folder, "heads-image")
		both.name, both.regions = p.name+", image and box", RegionBoth
		of = append(of, image, both)
	}
	return of
}

// train trains a part's heads, unless they stand there with the same settings.
func (t *task) train(ctx context.Context, p part, ev Events) (*HeadsResult, error) {
	j := t.heads
	j.Regions, j.Out = p.regions, filepath.Join(t.job.Out, p.Heads)
	j.Features = filepath.Join(t.job.Out, p.tables[0])
	for _, more := range p.tables[1:] {
		j.Also = append(j.Also, filepath.Join(t.job.Out, more))
	}
	j.ExcludeFailed = len(p.tables) > 1 || p.regions == RegionBoth // a stacked descriptor needs all its parts
	old, err := readHeadsResult(j.Out)
	switch {
	case err == nil:
		if err := old.fit(j); err == nil {
			ev.TellNote(p.name + ": the heads in " + j.Out + " stand already and fit: kept")
			return old, nil
		} else {
			ev.TellNote(fmt.Sprintf("%s: the heads in %s are trained again: %v", p.name, j.Out, err))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	j.Replace = true
	return Heads(ctx, j, ev)
}

// fit tells whether heads are those that the job would train on its tables, as they are now; the error says why not.
func (r *HeadsResult) fit(j HeadsJob) error {
	scores, err := os.Stat(filepath.Join(r.Out, ScoresFile))
	if err != nil {
		return err
	}
	paths := append([]string{j.Features}, j.Also...)
	if r.Protocol != j.Protocol || len(r.Tables) == 0 || len(r.Tables)%len(paths) != 0 {
		return fmt.Errorf("they are of protocol %s on %d tables", r.Protocol, len(r.Tables))
	}
	for i, path := range paths {
		m, err := outputs.ReadManifest(path)
		if err != nil {
			return err
		}
		info, err := os.Stat(filepath.Join(path, outputs.ManifestName))
		if err != nil {
			return err
		}
		if info.ModTime().After(scores.ModTime()) {
			return fmt.Errorf("%s is newer", path)
		}
		for _, t := range r.Tables[i*len(r.Tables)/len(paths) : (i+1)*len(r.Tables)/len(paths)] {
			if diff := t.Identity.Differences(m.Identity); len(diff) > 0 {
				return errors.New(strings.Join(diff, "; "))
			}
		}
	}
	for _, recipe := range r.recipes() {
		if want := r.Tables[0].Identity.Scales; recipe.Aggregate != j.Choice.Aggregate || !slices.Equal(recipe.Scales, want) {
			return fmt.Errorf("their descriptor is the %s", recipe)
		}
	}
	return nil
}

// recipes are those of the tables.
func (r *HeadsResult) recipes() []protocol.Recipe {
	if recipe := r.recipe(); len(recipe.Parts) > 0 {
		return recipe.Parts
	} else {
		return []protocol.Recipe{recipe}
	}
}

// reproductionReport is the report of a reproduction: its main heads, and the comparison of all.
func reproductionReport(j ReportJob, r Reproduction) (ReportJob, error) {
	for _, path := range []string{r.Main.Heads, r.Main.Table} {
		if !filepath.IsLocal(path) {
			return j, fmt.Errorf("%s: %q is no folder below it", filepath.Join(j.Run, ReproduceFile), path)
		}
	}
	j.paper, j.title = r.Comparison(), taskTitles[r.Task]
	if j.Heads == "" {
		j.Heads = filepath.Join(j.Run, r.Main.Heads)
	}
	j.Run = filepath.Join(j.Run, r.Main.Table)
	return j, nil
}

// taskTitles name the tasks as the paper does.
var taskTitles = map[string]string{
	"voc2007": "VOC-2007 classification", "voc2012": "VOC-2012 classification", "action": "VOC-2012 action classification",
	"caltech101": "Caltech-101", "caltech256": "Caltech-256",
}
