package heads

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/few"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/table"
)

// Job says which heads to train on feature tables, and by which protocol to score them.
type Job struct {
	Features string   // run folder, folder of shards, or file
	Also     []string // further tables of the same rows, stacked to it by key: another net, whole images beside boxes
	Protocol string   // one of Protocols; empty: that of the data set
	Choice   extraction.FeatureChoice
	Settings protocol.Settings

	Normalise     protocol.L2 // in stacking tables; empty: both
	Regions       Region      // of tables with boxed objects; empty: all that the tables have
	Exclude       []string    // rows to leave out, by name; see ReadExclude
	ExcludeFailed bool        // leave out rows that failed in any table

	Difficult     protocol.Difficult // VOC, in training
	TrainPerClass int                // random splits; 0: Caltech-101 30, Caltech-256 60, else TrainFraction
	TrainFraction float64            // random splits of other sets; 0: 0.8
	TestPerClass  int                // random splits, at most; 0: Caltech-101 50, else all others
	Seeds         []uint32           // random splits; nil: 0, 1, 2
	LowShot       []int              // images a class of a low-shot curve; nil: none
	Draws         int                // of each point of the curve; 0: 5

	Competition int // in the names of VOC's result files; 0: 1, of actions 9

	Out     string // folder of the heads; empty: "heads" in the run's folder
	Replace bool   // heads that stand there already
}

// Protocols names the protocols of Job.
func Protocols() []string {
	return []string{"voc2007", "voc2012", "voc2012-action", "caltech101", "caltech256", "set"}
}

// ProtocolOf is the protocol of a kind of data set: its own, or "set".
func ProtocolOf(kind string) string {
	kind = strings.ReplaceAll(kind, ":", "-") // voc2012:action
	if slices.Contains(Protocols(), kind) {
		return kind
	}
	return "set"
}

// Train trains linear heads on feature tables, scores them by the protocol, and writes
// heads, scores and, for VOC, the devkit's result files. Nothing that stands at the
// target is replaced unless the job says so.
func Train(ctx context.Context, j Job, ev conveyor.Events) (r *Result, err error) {
	if j.Out == "" {
		j.Out = filepath.Join(table.RunFolder(j.Features), "heads")
	}
	if err := atomicfile.Restore(j.Out); err != nil {
		return nil, err
	}
	if _, err := os.Stat(j.Out); err == nil && !j.Replace {
		return nil, fmt.Errorf("%s exists already and is not replaced: choose another folder with --out, or allow it with --force", j.Out)
	}
	f, err := openFused(j)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(nameFault(err, f.tables...), f.close()) }()
	if len(f.data.Classes) == 0 {
		return nil, fmt.Errorf("%s: no row has a label: heads need a labelled data set", j.Features)
	}
	if len(f.data.IDs) == 0 {
		return nil, fmt.Errorf("%s: all rows are excluded", j.Features)
	}
	if j.Protocol == "" {
		j.Protocol = ProtocolOf(f.tables[0].Identity.Inputs.Kind)
		ev.TellNote("protocol: " + j.Protocol)
	}
	if err := j.check(f.data); err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	r = &Result{Out: j.Out, Protocol: j.Protocol, Table: f.tables[0], Tables: f.parts, Excluded: f.excluded}
	for _, m := range f.data.Missing {
		if m {
			r.Failed++
		}
	}
	if r.Failed > 0 {
		ev.TellNote(fmt.Sprintf("%d of %d images failed in extraction: left out of training, and counted as misses in scoring", r.Failed, len(f.data.IDs)))
	}
	if len(r.Excluded) > 0 {
		ev.TellNote(fmt.Sprintf("%d rows are excluded, from training and scoring alike: %s", len(r.Excluded), few.Names(r.Excluded)))
	}
	if err := r.train(ctx, j, f.data); err != nil {
		return nil, fmt.Errorf("%s: %w", j.Features, err)
	}
	if err := r.write(ctx, j); err != nil {
		return nil, err
	}
	return r, nil
}

// check refuses settings that the protocol has no use for.
func (j Job) check(d protocol.Data) error {
	voc := strings.HasPrefix(j.Protocol, "voc")
	random := !voc
	if j.Protocol == "set" {
		random = !slices.ContainsFunc(d.Splits, func(s []string) bool { return len(s) > 0 })
	}
	for _, c := range []struct {
		given   bool
		setting string
		of      bool
		needs   string
	}{
		{j.Difficult != "", "difficult images in training", voc, "protocol voc2007 or voc2012"},
		{j.Competition != 0, "a competition's number", voc, "protocol voc2007 or voc2012"},
		{j.Seeds != nil, "seeds of splits", random, "random splits, which the set's own leave no room for"},
		{j.TrainPerClass != 0, "images a class to train", random, "random splits, which the set's own leave no room for"},
		{j.TestPerClass != 0, "images a class to test", random, "random splits, which the set's own leave no room for"},
		{j.TrainFraction != 0, "a share to train", random && j.Protocol == "set" && j.TrainPerClass == 0, "random splits of protocol set, without images a class to train"},
		{j.Draws != 0, "draws", len(j.LowShot) > 0, "a low-shot curve"},
		{j.Settings.Folds != 0, "folds", j.Settings.C == 0, "a C that is not fixed"},
		{j.Settings.PerClass, "C for each class", j.Settings.C == 0, "a C that is not fixed"},
	} {
		if c.given && !c.of {
			return usage.Errorf("%s would do nothing with protocol %s: it is for %s", c.setting, j.Protocol, c.needs)
		}
	}
	return nil
}

func (r *Result) train(ctx context.Context, j Job, data protocol.Data) (err error) {
	voc := protocol.VOCOptions{Settings: j.Settings, Difficult: j.Difficult}
	set := protocol.SetOptions{
		Settings: j.Settings, TrainPerClass: j.TrainPerClass, TrainFraction: j.TrainFraction, TestPerClass: j.TestPerClass, Seeds: j.Seeds,
	}
	switch j.Protocol {
	case "voc2007", "voc2012":
		r.VOC, err = protocol.VOC(ctx, data, voc)
	case "voc2012-action":
		if data, err = protocol.ActionData(data); err != nil {
			return err
		}
		r.VOC, err = protocol.Action(ctx, data, voc)
	case "caltech101", "caltech256":
		data.Ignored, data.Splits = nil, nil
		if j.Protocol == "caltech101" {
			set.TestPerClass = cmp.Or(j.TestPerClass, 50)
		}
		if j.Protocol == "caltech256" {
			j.TrainPerClass, j.TestPerClass = cmp.Or(j.TrainPerClass, 60), cmp.Or(j.TestPerClass, protocol.AllOthers)
		}
		r.Caltech, err = protocol.Caltech(ctx, data, protocol.CaltechOptions{
			Settings: j.Settings, TrainPerClass: j.TrainPerClass, TestPerClass: j.TestPerClass, Seeds: j.Seeds,
		})
	case "set":
		r.Set, err = protocol.Set(ctx, data, set)
	default:
		err = usage.Unknown("protocol", j.Protocol, Protocols()...)
	}
	if err != nil || len(j.LowShot) == 0 {
		return err
	}
	r.LowShot, err = protocol.LowShot(ctx, data, protocol.LowShotOptions{SetOptions: set, Shots: j.LowShot, Draws: j.Draws})
	return err
}

// write puts everything into a new folder, which gets its name when it is complete.
func (r *Result) write(ctx context.Context, j Job) error {
	err := atomicfile.Folder(ctx, j.Out, j.Replace, func(dir string) error { return r.fill(dir, j) })
	if err != nil {
		return fmt.Errorf("writing heads: %w", err)
	}
	return nil
}

func (r *Result) fill(dir string, j Job) error {
	if err := saveHead(filepath.Join(dir, File), r.Head(), r.Tables); err != nil {
		return err
	}
	if err := outputs.WriteJSON(filepath.Join(dir, ScoresFile), r); err != nil {
		return err
	}
	v, err := r.review()
	if err != nil {
		return err
	}
	if err := outputs.WriteJSON(filepath.Join(dir, ReviewFile), v); err != nil {
		return err
	}
	if r.VOC != nil {
		return r.writeDevkit(filepath.Join(dir, "results"), j)
	}
	return nil
}

// ScoresFile holds the scores and settings of a head, beside File.
const ScoresFile = "scores.json"

// writeDevkit writes the devkit's result file of each class.
func (r *Result) writeDevkit(dir string, j Job) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	named := func(class string) string {
		return metrics.ClassificationFile(cmp.Or(j.Competition, 1), r.VOC.Scored, class)
	}
	if j.Protocol == "voc2012-action" {
		named = func(class string) string { return metrics.ActionFile(cmp.Or(j.Competition, 9), r.VOC.Scored, class) }
	}
	for k, c := range r.VOC.Classes {
		err := atomicfile.Write(filepath.Join(dir, named(c.Name)), false, func(w io.Writer) error { return metrics.WriteResults(w, r.VOC.Results(k)) })
		if err != nil {
			return err
		}
	}
	return nil
}
