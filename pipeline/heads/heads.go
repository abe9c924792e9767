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

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/few"
	"fc7/internal/mirror"
	"fc7/internal/origin"
	"fc7/internal/seal"
	"fc7/internal/usage"
	"fc7/internal/waiting"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/table"
)

// Job says which heads to train on feature tables, and by which protocol to score them.
type Job struct {
	Features string   // run folder, folder of shards, or file
	Also     []string // further tables of the same rows, stacked to it by key: another net, whole images beside boxes
	Protocol string   // one of protocol.Names; empty: that of the data set
	Choice   extraction.FeatureChoice
	Options  protocol.Options // what is asked for; a zero value asks for the protocol's default

	Normalise     protocol.L2 // in stacking tables; empty: both
	Regions       Region      // of tables with boxed objects; empty: all that the tables have
	Exclude       []string    // rows to leave out, by name; see ReadNames
	Only          []string    // rows that are not left out, by name; nil: all
	ExcludeFailed bool        // leave out rows that failed in any table

	Labels      string   // file of labels in place of the tables'; see datasets.ReadLabelFile. Empty: the tables'
	Splits      string   // file of splits in place of theirs; see datasets.ReadSplitFile
	Unlisted    Unlisted // rows that these do not list; empty: an error
	AllowUnused bool     // lines of these about rows that no table has are passed over; else they are an error

	LowShot   []int    // images a class of low-shot curves; nil: none
	Draws     int      // of each point of the curves; 0: protocol.DefaultDraws
	DrawSeeds []uint32 // of the draws; nil: 0 to Draws-1
	KNN       []int    // neighbours of a probe without training; nil: none

	Leaked [][]string // rows of each split that are scored apart, as copies of what it learns from; nil: none

	Out     string // folder of the heads; empty: "heads" in the run's folder
	Replace bool   // heads that stand there already

	Command *origin.Command // by which the job was given, for its report; nil: not known
}

// Check tells what is wrong with the job, whatever its tables.
func (j Job) Check() error {
	if (j.Draws != 0 || len(j.DrawSeeds) > 0) && len(j.LowShot) == 0 {
		return usage.Errorf("draws would do nothing: they are for a low-shot curve")
	}
	if j.Draws != 0 && len(j.DrawSeeds) > 0 {
		return usage.Errorf("%d draws and %d seeds of draws exclude each other: there is a draw for each seed", j.Draws, len(j.DrawSeeds))
	}
	if err := j.checkTables(); err != nil {
		return err
	}
	if err := j.checkRelabelling(); err != nil {
		return err
	}
	if j.Protocol == "" {
		return j.Options.Check()
	}
	p, err := protocol.Find(j.Protocol)
	if err != nil {
		return err
	}
	return errors.Join(p.Check(j.Options), j.checkSplits(p))
}

// checkSplits refuses a file of splits that the protocol does not look at.
func (j Job) checkSplits(p protocol.Protocol) error {
	if j.Splits != "" && !p.ReadsSplits() {
		return usage.Errorf("a file of splits would do nothing with protocol %s, which draws its own", p.Name)
	}
	return nil
}

// checkTables refuses a table that is named twice, whose descriptors would count double.
func (j Job) checkTables() error {
	var seen []os.FileInfo
	paths := append([]string{j.Features}, j.Also...)
	for i, path := range paths {
		info, err := os.Stat(table.RunFolder(path))
		if err != nil {
			return nil // which opening it tells better
		}
		if same := slices.IndexFunc(seen, func(o os.FileInfo) bool { return os.SameFile(o, info) }); same >= 0 {
			return usage.Errorf("%s and %s are the same table: give each once", paths[same], paths[i])
		}
		seen = append(seen, info)
	}
	return nil
}

// Train trains linear heads on feature tables, scores them by the protocol, and writes heads, scores and, where the
// protocol has them, result files for a server. Nothing that stands at the target is replaced unless the job says so.
func Train(ctx context.Context, j Job, ev conveyor.Events) (r *Result, err error) {
	if j.Out == "" {
		j.Out = filepath.Join(table.RunFolder(j.Features), Folder)
	}
	if err := atomicfile.Restore(j.Out); err != nil {
		return nil, err
	}
	if _, err := os.Stat(j.Out); err == nil && !j.Replace {
		return nil, fmt.Errorf("%s exists already and is not replaced: choose another folder with --out, or allow it with --force%s", j.Out, j.Standing(ctx, j.Out))
	}
	if err := onlyHeads(j.Out); err != nil {
		return nil, err
	}
	if err := errors.Join(j.Check(), mirror.Writable(j.Out)); err != nil {
		return nil, err
	}
	if r, err = waiting.For(ctx, func() (*Result, error) { return j.result(ctx, ev.Until(ctx)) }); err != nil {
		return nil, err
	}
	return r, errors.Join(r.write(ctx, j), dropDraws(j.Out))
}

// result reads the tables, trains heads on them and scores these. It makes no file.
func (j Job) result(ctx context.Context, ev conveyor.Events) (_ *Result, err error) {
	f := &fused{}
	defer func() { err = errors.Join(nameFault(err, f.tables...), f.close()) }()
	if err := f.read(ctx, j, ev); err != nil {
		return nil, err
	}
	return f.train(ctx, j, ev)
}

// read opens the tables and makes one descriptor a row of them, with its labels.
func (f *fused) read(ctx context.Context, j Job, ev conveyor.Events) error {
	all, err := f.open(ctx, j)
	if err != nil {
		return err
	}
	if err := f.fuse(all, j); err != nil {
		return err
	}
	return f.relabel.settle(f, j, ev)
}

// rules are the protocol of the fused rows and what is asked of it.
func (f *fused) rules(j Job, ev conveyor.Events) (p protocol.Protocol, o protocol.Options, err error) {
	if len(f.data.Classes) == 0 {
		return p, o, fmt.Errorf("%s: %w", j.Features, protocol.ErrNoLabel)
	}
	if len(f.data.IDs) == 0 {
		return p, o, fmt.Errorf("%s: all rows are excluded", j.Features)
	}
	if p, err = j.protocol(f, ev); err != nil {
		return p, o, err
	}
	if err := j.checkSplits(p); err != nil {
		return p, o, err
	}
	if o, err = p.Options(j.Options, f.data); err != nil {
		err = fmt.Errorf("%s: %w", j.Features, err)
	}
	return p, o, err
}

// train trains and scores heads on the fused rows by the protocol.
func (f *fused) train(ctx context.Context, j Job, ev conveyor.Events) (*Result, error) {
	p, o, err := f.rules(j, ev)
	if err != nil {
		return nil, err
	}
	r := &Result{Out: j.Out, Table: f.tables[0], Tables: f.parts, Failed: f.failed(), Made: j.Command, Relabelling: f.from}
	r.leaveOut(f.excluded, f.data.IDs)
	r.tellLeftOut(len(f.data.IDs), f.excluded, ev)
	if r.Digests, err = j.basis(p, f.tables, r.digests()); err != nil {
		return nil, err
	}
	f.data.Tell = ev.TellNote
	if err = r.run(ctx, p, f.data, o, j.Leaked); err != nil {
		err = fmt.Errorf("%s: %w", j.Features, err)
		if u := new(protocol.UnfitError); errors.As(err, &u) && j.Protocol != "" {
			err = usage.Wrap(err) // the call asks for what these tables are not for
		}
		return nil, err
	}
	if len(j.LowShot) > 0 {
		curve := protocol.LowShotOptions{Options: o, Shots: j.LowShot, Draws: cmp.Or(j.Draws, protocol.DefaultDraws), DrawSeeds: j.DrawSeeds}
		if r.LowShot, err = p.LowShot(ctx, f.data, curve, openDraws(j.Out, r.Digests, ev)); err != nil {
			return nil, fmt.Errorf("%s: %w", j.Features, err)
		}
	}
	if len(j.KNN) > 0 {
		if r.KNN, err = p.Probe(ctx, f.data, o, j.KNN); err != nil {
			return nil, fmt.Errorf("%s: %w", j.Features, err)
		}
	}
	return r, nil
}

// protocol is the job's, or that of the tables' data set, which is told then.
func (j Job) protocol(f *fused, ev conveyor.Events) (protocol.Protocol, error) {
	if j.Protocol != "" {
		p, err := protocol.Find(j.Protocol)
		if err != nil {
			return p, fmt.Errorf("%s: %w", j.Features, err)
		}
		return p, nil
	}
	p := protocol.For(f.tables[0].Identity.Inputs.Kind)
	ev.TellNote("protocol: " + p.Name)
	return p, nil
}

// failed counts the rows without a descriptor.
func (f *fused) failed() (n int) {
	for _, m := range f.data.Missing {
		if m {
			n++
		}
	}
	return n
}

func (r *Result) tellLeftOut(rows int, excluded []string, ev conveyor.Events) {
	if r.Failed > 0 {
		ev.TellNote(fmt.Sprintf("%d of %s failed in extraction: left out of training, and counted as misses in scoring", r.Failed, few.Count(rows, "image")))
	}
	if len(excluded) > 0 {
		ev.TellNote(few.Are(len(excluded), "row") + fmt.Sprintf(" excluded, from training and scoring alike: %s", few.Names(excluded)))
	}
}

// Standing says of heads in a folder, where those of the job would be, whether they are those: words to end an error
// with, none where there are no heads.
func (j Job) Standing(ctx context.Context, dir string) string {
	r, err := ReadResult(dir)
	if err != nil {
		return "" // whatever stands there
	}
	if err := r.Fit(ctx, j); err != nil {
		return fmt.Sprintf(" (the heads there are others: %v)", err)
	}
	return " (the heads there are those of this table and these options)"
}

// headFiles are what a folder of heads holds.
var headFiles = []string{headFile, ScoresFile, reviewFile, resultsFolder}

// onlyHeads refuses to replace what is more than heads: a run with its table, a data set, a file of somebody's own.
func onlyHeads(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not replaced, because it is a file: want a folder", dir)
	}
	var ours []string
	if _, err := os.Stat(filepath.Join(dir, headFile)); err == nil {
		ours = headFiles
	}
	strangers, err := atomicfile.Strangers(dir, ours...)
	strangers = append(strangers, mirror.Strangers(dir, headFiles...)...)
	if err == nil && len(strangers) > 0 {
		err = fmt.Errorf("%s is not replaced, because it holds more than heads: %s; choose another folder with --out", dir, few.Names(strangers))
	}
	return err
}

// write puts everything into a new folder, which gets its name when it is complete.
func (r *Result) write(ctx context.Context, j Job) error {
	err := atomicfile.Folder(ctx, j.Out, j.Replace, r.fill)
	if err == nil { // of a run on a store, to the run
		err = mirror.PublishFolder(ctx, j.Out, ScoresFile, j.Replace, headFiles...)
	}
	if err != nil {
		return fmt.Errorf("writing heads: %w", err)
	}
	return nil
}

// fill writes the scores last, which have the digests of the files beside them.
func (r *Result) fill(dir string) error {
	if err := saveHead(filepath.Join(dir, headFile), r.Head(), r.Tables, r.digests()); err != nil {
		return err
	}
	v, err := r.review()
	if err != nil {
		return err
	}
	if err := outputs.WriteJSON(filepath.Join(dir, reviewFile), v); err != nil {
		return err
	}
	for name, sum := range map[string]*string{headFile: &r.Digests.Head, reviewFile: &r.Digests.Review} {
		if *sum, err = seal.File(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := outputs.WriteJSON(filepath.Join(dir, ScoresFile), r); err != nil {
		return err
	}
	if !r.HasFiles() {
		return nil
	}
	return r.writeResults(atomicfile.Under(dir))
}

// Folder is where heads stand in a run that says nothing else.
const Folder = "heads"

// ScoresFile holds the scores and settings of a head, beside head.safetensors.
const ScoresFile = "scores.json"

// resultsFolder holds files for a server, beside head.safetensors.
const resultsFolder = "results"

// writeResults writes the result file of each class.
func (r *Result) writeResults(dir atomicfile.Under) error {
	if err := dir.MkdirAll(resultsFolder); err != nil {
		return err
	}
	for k, c := range r.Classes {
		name := filepath.Join(resultsFolder, r.FileOf(c.Name)) // of which the data have a part
		err := dir.Write(name, false, func(w io.Writer) error { return metrics.WriteResults(w, r.Splits[0].Results(k)) })
		if err != nil {
			return err
		}
	}
	return nil
}
