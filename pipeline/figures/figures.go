package figures

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/escape"
	"fc7/internal/few"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/evaluation"
	"fc7/pipeline/heads"
	"fc7/pipeline/paper"
)

// Table is a line a scored run.
type Table struct {
	Columns []protocol.Measure `json:"columns"` // figures that any line has, in the order of the lines
	Lines   []Line             `json:"lines"`
	Notes   []string           `json:"-"` // what is to be known of figures that may not be those of the run
}

// Line is what one run scored. Figures are shares between 0 and 1, NaN, null in JSON, where undefined.
type Line struct {
	Name      string           `json:"name"`
	Path      string           `json:"path"`   // of the file that says so
	By        string           `json:"by"`     // what scored it: a protocol, or an evaluation's views
	Images    int              `json:"images"` // that were scored, of the first split; 0: not known
	Figures   protocol.Figures `json:"figures"`
	Deviation protocol.Figures `json:"deviation"` // of Figures over the splits

	note string // empty: nothing is to be known
}

// Collect reads the runs that are named, each PATH or NAME=PATH: a run's folder with heads, a folder of heads, an
// evaluation or a reproduction. figures chooses the columns and their order; empty: all there are. It returns a
// *usage.Error for a figure that no run has.
func Collect(runs, figures []string) (*Table, error) {
	for _, name := range figures { // before runs are read, which may be many
		if known := protocol.FiguresOfAll(); !slices.Contains(known, name) {
			return nil, usage.Unknown("figure", name, known...)
		}
	}
	t := &Table{}
	for _, run := range runs {
		name, path := named(run)
		lines, err := read(name, path)
		if err != nil {
			return nil, err
		}
		t.Lines = append(t.Lines, lines...)
		for _, l := range lines {
			if l.note != "" {
				t.Notes = append(t.Notes, l.note)
			}
		}
	}
	var all []string
	for _, l := range t.Lines {
		for _, f := range l.Figures {
			if !slices.Contains(all, f.Name) {
				all = append(all, f.Name)
			}
		}
	}
	if len(figures) == 0 {
		figures = all
	}
	for _, name := range figures {
		if !slices.Contains(all, name) {
			return nil, usage.Unknown("figure", name, all...)
		}
		t.Columns = append(t.Columns, protocol.MeasureOf(name))
	}
	return t, nil
}

// named divides NAME=PATH; what stands on the disk as it is written is a path.
func named(run string) (name, path string) {
	if _, err := os.Lstat(run); err != nil {
		if name, path, ok := strings.Cut(run, "="); ok && name != "" {
			return name, path
		}
	}
	return run, run
}

// read looks for everything in a folder that has figures.
func read(name, path string) ([]Line, error) {
	var all []Line
	for _, look := range []func(string) ([]Line, error){readReproduction, readEvaluation, readHeads} {
		lines, err := look(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	if len(all) == 0 {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		if err := outputs.CheckMerged(path); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: no figures: expected the folder of fc7 svm (%s), of a run with %s, of fc7 evaluate (%s) or of fc7 reproduce (%s)",
			path, heads.ScoresFile, filepath.Join(heads.Folder, heads.ScoresFile), evaluation.EvaluationName, paper.File)
	}
	for i := range all {
		all[i].Name = strings.TrimSpace(name + " " + all[i].Name)
	}
	return all, nil
}

func readHeads(path string) ([]Line, error) {
	r, err := heads.ReadResult(path)
	if errors.Is(err, fs.ErrNotExist) {
		r, err = heads.ReadResult(filepath.Join(path, heads.Folder))
	}
	if err != nil {
		return nil, err
	}
	l := Line{
		Path: filepath.Join(r.Out, heads.ScoresFile), By: scoredBy(r), Images: r.Splits[0].Images.Test,
		Figures: r.Figures, Deviation: r.Deviation,
	}
	if err := compareWithTable(&l, r); err != nil {
		return nil, err
	}
	return slices.Concat([]Line{l}, nearestLines(l, r), lowShotLines(l, r)), nil
}

// nearestLines are those of the nearest training images in the place of the heads of l.
func nearestLines(l Line, r *heads.Result) (lines []Line) {
	if r.KNN == nil {
		return nil
	}
	l.note = "" // which that of the heads has
	for _, p := range r.KNN.Points {
		one := l
		one.Name, one.Figures, one.Deviation = fmt.Sprintf("%d nearest", p.K), p.Figures, p.Deviation
		lines = append(lines, one)
	}
	return lines
}

// lowShotLines are those of some images a class, by each head, in the place of the heads of l.
func lowShotLines(l Line, r *heads.Result) (lines []Line) {
	if r.LowShot == nil {
		return nil
	}
	l.note = ""
	for _, c := range r.LowShot.Curves {
		for _, p := range c.Points {
			one := l
			one.Name, one.Figures, one.Deviation = fmt.Sprintf("%v a class, %s", p.Images(), c.Name()), p.Figures, p.Deviation
			one.By += fmt.Sprintf(", %s", few.Count(r.LowShot.Draws, "draw"))
			if len(p.Draws) > 0 {
				one.Images = p.Draws[0].Images.Test
			}
			lines = append(lines, one)
		}
	}
	return lines
}

// scoredBy names the protocol of heads; on labels or splits that are not those of the set, or without rows that were
// left out or that leak, it is another.
func scoredBy(r *heads.Result) string {
	by := "protocol " + r.Protocol
	if r.LabelsFrom != nil {
		by += ", labels of " + filepath.Base(r.LabelsFrom.File)
	}
	if r.SplitsFrom != nil {
		by += ", splits of " + filepath.Base(r.SplitsFrom.File)
	}
	switch n := r.RowsLeftOut(); {
	case n == 1:
		by += ", 1 row left out"
	case n > 1:
		by += fmt.Sprintf(", %d rows left out", n)
	}
	if r.Leaked != nil {
		by += ", without leaks"
	}
	return by
}

// beside is what Line.By says of heads that are not those of the run whose folder they are in.
const beside = ", of another table"

// compareWithTable notes of heads in a run's own folder of them that they are not those of its table, as it is now.
func compareWithTable(l *Line, r *heads.Result) error {
	out, err := filepath.Abs(r.Out)
	if err != nil || filepath.Base(out) != heads.Folder {
		return err
	}
	run := filepath.Dir(out)
	if _, err := os.Stat(filepath.Join(run, outputs.FeaturesDir)); err != nil {
		return nil // the table was not kept
	}
	t, err := outputs.NewScanner(run)
	apart := ""
	if err == nil {
		apart, err = r.Apart(t.Table)
	}
	if err != nil {
		l.note = fmt.Sprintf("%s: whether these heads are those of the table beside them is not known: %v", l.Path, err)
		return nil
	}
	if apart != "" {
		l.By += beside
		l.note = fmt.Sprintf("%s: these heads were %s: train them again", l.Path, apart)
	}
	return nil
}

// readEvaluation takes the line of all posteriors together.
func readEvaluation(path string) ([]Line, error) {
	file := filepath.Join(path, evaluation.EvaluationName)
	r, err := evaluation.ReadResult(path)
	if err != nil {
		return nil, err
	}
	last := r.Rows[len(r.Rows)-1]
	return []Line{{
		Path: file, By: "evaluation, " + escape.Short(last.Views), Images: last.Images,
		Figures: protocol.Figures{{Name: "accuracy", Value: 1 - last.Top1}, {Name: "mean_recall", Value: last.MeanRecall}, {Name: "top5", Value: 1 - last.Top5}},
	}}, nil
}

// readReproduction takes the lines that stand beside the paper's.
func readReproduction(path string) ([]Line, error) {
	file := filepath.Join(path, paper.File)
	r, err := paper.ReadReproduction(path)
	if err != nil {
		return nil, err
	}
	p, ok := protocol.OfTask(r.Task)
	if !ok || len(r.Lines) == 0 {
		return nil, fmt.Errorf("%s: no figures of a task of the paper: was it written by fc7 reproduce?", file)
	}
	var lines []Line
	for _, l := range r.Lines {
		one := func(v metrics.Value) protocol.Figures { return protocol.Figures{{Name: p.Headline[0], Value: v}} }
		lines = append(lines, Line{Name: l.Net, Path: file, By: "protocol " + p.Name, Figures: one(l.Ours), Deviation: one(l.Deviation)})
	}
	return lines, nil
}
