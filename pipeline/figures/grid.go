package figures

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/metrics"
	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/heads"
)

// Grid is a table like the paper's 11 and 12: a column a data set, a row what heads were trained on, and in each cell
// the figure that counts by the data set's protocol. Figures are shares between 0 and 1.
type Grid struct {
	Columns []GridColumn `json:"columns"`
	Rows    []GridRow    `json:"rows"`
	Against string       `json:"against,omitempty"` // the row that others are compared with
	Shots   int          `json:"shots,omitempty"`   // images a class that the figures are of; divisions are draws then
	Notes   []string     `json:"notes,omitempty"`
}

// GridColumn is what all cells of a column have in common.
type GridColumn struct {
	DataSet    string           `json:"data_set"` // its kind
	Protocol   string           `json:"protocol"`
	Measure    protocol.Measure `json:"measure"`
	Divisions  int              `json:"divisions"`
	Images     int              `json:"images"`                    // that the first division tests
	Inputs     outputs.Inputs   `json:"inputs"`                    // the list of images
	LabelsFrom string           `json:"labels_sha256,omitempty"`   // the file in place of the set's labels
	SplitsFrom string           `json:"splits_sha256,omitempty"`   // in place of its splits
	LeftOut    string           `json:"left_out_sha256,omitempty"` // the names of rows that are left out
	Rows       int              `json:"left_out,omitempty"`        // how many

	first *heads.Result
}

// GridRow is a line of the grid.
type GridRow struct {
	Name      string     `json:"name"`
	Published bool       `json:"published,omitempty"` // its figures are the paper's
	Cells     []GridCell `json:"cells"`               // of each column
}

// GridCell is a figure, or why there is none.
type GridCell struct {
	Value      metrics.Value `json:"value"`     // NaN, null in JSON, where there is none
	Deviation  metrics.Value `json:"deviation"` // over the divisions; NaN where it is not known
	Best       bool          `json:"best,omitempty"`
	Path       string        `json:"path,omitempty"`
	Missing    string        `json:"missing,omitempty"`    // why there is no figure
	Difference *Difference   `json:"difference,omitempty"` // to the row of Grid.Against

	result *heads.Result
}

// Difference is the mean of the differences of two rows over the divisions that both have, with the bounds of a 95 %
// interval by Student's t. Divisions that share images are not independent: the interval is then too narrow.
type Difference struct {
	Mean  metrics.Value `json:"mean"`
	Lower metrics.Value `json:"lower"` // NaN of fewer than two divisions
	Upper metrics.Value `json:"upper"`
	Of    int           `json:"divisions"`
}

// GridJob says what the grid is of.
type GridJob struct {
	Runs    []string // PATH or NAME=PATH; runs of one name are one row
	Against string   // the name of a row; "": no differences
	Paper   bool     // with rows of the paper's figures
	Shots   int      // images a class of the low-shot curves that the figures are of; 0: of the heads
}

// MixedError says that two runs of a data set were not scored alike.
type MixedError struct {
	DataSet string
	Paths   [2]string
	What    []string
}

func (e *MixedError) Error() string {
	return fmt.Sprintf("%s and %s are both of %s, but were not scored alike (%s): figures of one column must be comparable: leave one out, or make a table for each",
		e.Paths[0], e.Paths[1], e.DataSet, strings.Join(e.What, "; "))
}

// CollectGrid reads the heads of runs. It returns a *MixedError for runs of one data set and protocol that were not
// scored alike, and an error where two runs have one cell.
func CollectGrid(j GridJob) (*Grid, error) {
	g := &Grid{Against: j.Against, Shots: j.Shots}
	var found []gridRun
	for _, run := range j.Runs {
		one, err := readGridRun(run)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	nameRows(found)
	if j.Shots > 0 {
		var err error
		if found, err = g.lowShot(found, j.Shots); err != nil {
			return nil, err
		}
	}
	for _, one := range found {
		if err := g.add(one); err != nil {
			return nil, err
		}
	}
	g.fill()
	if err := g.compare(); err != nil {
		return nil, err
	}
	if j.Paper {
		g.publish()
	}
	return g, nil
}

// gridRun is a run that was read.
type gridRun struct {
	name string // "": it has none
	path string
	r    *heads.Result
	note string
}

func readGridRun(run string) (one gridRun, err error) {
	name, path := named(run)
	r, err := heads.ReadResult(path)
	if errors.Is(err, fs.ErrNotExist) {
		r, err = heads.ReadResult(filepath.Join(path, heads.Folder))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return one, fmt.Errorf("%s: has no heads, whose figures a column is of: train some by 'fc7 svm'; 'fc7 table' without --by-data shows evaluations and reproductions too: %w", path, err)
	}
	if err != nil {
		return one, err
	}
	if len(r.Tables) == 0 {
		return one, fmt.Errorf("%s: the scores do not say of what table they are: train the heads again", filepath.Join(r.Out, heads.ScoresFile))
	}
	l := Line{Path: filepath.Join(r.Out, heads.ScoresFile)}
	if err := compareWithTable(&l, r); err != nil {
		return one, err
	}
	if path == run { // without NAME=
		name = ""
	}
	return gridRun{name, l.Path, r, l.note}, nil
}

// nameRows names the runs that have no name by what they are made of: the net and the layer, and of the rest what is
// not alike in all of them.
func nameRows(found []gridRun) {
	var parts [][]string
	for _, one := range found {
		parts = append(parts, madeOf(one.r))
	}
	for i := range found {
		if found[i].name != "" {
			continue
		}
		words := []string{parts[i][0]}
		for k := 1; k < len(parts[i]); k++ {
			if slices.ContainsFunc(parts, func(other []string) bool { return other[k] != parts[i][k] }) && parts[i][k] != "" {
				words = append(words, parts[i][k])
			}
		}
		found[i].name = strings.Join(words, ", ")
	}
}

// madeOf says what heads were trained on: the nets with their layers, the weights, regions, views, scales, aggregation,
// normalisation, and the loss.
func madeOf(r *heads.Result) []string {
	var nets, weights, regions, views []string
	for _, t := range r.Tables {
		nets = append(nets, t.Identity.Net+" "+t.Layer)
		weights = append(weights, "weights "+brief(t.Identity.WeightsSHA256))
		regions = append(regions, string(t.Region))
		views = append(views, t.Identity.Views)
	}
	joined := func(all []string) string { return strings.Trim(strings.Join(slices.Compact(all), " and "), " ") }
	scales := strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Recipe.Scales), " ", ","), "[]")
	for _, p := range r.Recipe.Parts {
		scales = strings.Trim(scales+" "+strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Scales), " ", ","), "[]"), " ")
	}
	return []string{
		joined(nets), joined(weights), joined(regions), joined(views), "Q " + scales, string(r.Recipe.Aggregate),
		"L2 " + string(r.Recipe.L2), r.Options.Loss.String(),
	}
}

// add puts a run into its cell.
func (g *Grid) add(one gridRun) error {
	column, err := g.column(one)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(g.Rows, func(r GridRow) bool { return r.Name == one.name })
	if i < 0 {
		i = len(g.Rows)
		g.Rows = append(g.Rows, GridRow{Name: one.name})
	}
	row := &g.Rows[i]
	for len(row.Cells) <= column {
		row.Cells = append(row.Cells, GridCell{})
	}
	if was := row.Cells[column]; was.result != nil {
		return usage.Errorf("%s and %s are both %q of %s: name them, NAME=RUN, or leave one out", was.Path, one.path, one.name, g.Columns[column].DataSet)
	}
	value, deviation := one.r.Figure()
	if len(one.r.Splits) < 2 {
		deviation = metrics.Value(math.NaN())
	}
	row.Cells[column] = GridCell{Value: value, Deviation: deviation, Path: one.path, result: one.r}
	if one.note != "" {
		g.Notes = append(g.Notes, one.note)
	}
	return nil
}

// column is the place of a run's data set and protocol, which it makes if there is none.
func (g *Grid) column(one gridRun) (int, error) {
	r := one.r
	c := GridColumn{
		DataSet: r.Tables[0].Identity.Inputs.Kind, Protocol: r.Protocol, Measure: r.Headline, Divisions: len(r.Splits), Images: r.Splits[0].Images.Test,
		Inputs: r.Tables[0].Identity.Inputs, Rows: r.RowsLeftOut(), first: r,
	}
	if r.LabelsFrom != nil {
		c.LabelsFrom = r.LabelsFrom.SHA256
	}
	if r.SplitsFrom != nil {
		c.SplitsFrom = r.SplitsFrom.SHA256
	}
	if r.LeftOut != nil {
		c.LeftOut = r.LeftOut.SHA256
	}
	for i, was := range g.Columns {
		if was.DataSet != c.DataSet || was.Protocol != c.Protocol {
			continue
		}
		if what := was.differences(c); len(what) > 0 {
			return 0, &MixedError{c.DataSet, [2]string{filepath.Join(was.first.Out, heads.ScoresFile), one.path}, what}
		}
		return i, nil
	}
	g.Columns = append(g.Columns, c)
	return len(g.Columns) - 1, nil
}

// differences tell in what the scoring of two runs is not alike.
func (c GridColumn) differences(o GridColumn) (what []string) {
	differ := func(name string, a, b any) {
		if a != b {
			what = append(what, fmt.Sprintf("%s: %v and %v", name, a, b))
		}
	}
	differ("measure", c.Measure.Name, o.Measure.Name)
	differ("images", c.Inputs.Count, o.Inputs.Count)
	if len(what) == 0 {
		differ("list of images", brief(c.Inputs.SHA256), brief(o.Inputs.SHA256))
	}
	differ("labels", brief(c.LabelsFrom), brief(o.LabelsFrom))
	differ("splits", brief(c.SplitsFrom), brief(o.SplitsFrom))
	differ("rows left out", c.Rows, o.Rows)
	differ("rows left out", brief(c.LeftOut), brief(o.LeftOut))
	differ("images tested", c.Images, o.Images)
	differ("divisions", divisionsOf(c.first), divisionsOf(o.first))
	differ("trained on", c.first.Trained, o.first.Trained)
	differ("scored on", c.first.Scored, o.first.Scored)
	return what
}

// divisionsOf names the divisions of a result, with what a class has to train.
func divisionsOf(r *heads.Result) string {
	var names []string
	for _, s := range r.Splits {
		names = append(names, divisionName(s, r))
	}
	of := strings.Join(names, ", ")
	if o := r.Options; r.Random() {
		of += fmt.Sprintf(" (%d or %v of a class to train, %d to test)", o.TrainPerClass, o.TrainFraction, o.TestPerClass)
	}
	return of
}

func divisionName(s protocol.Split, r *heads.Result) string {
	if r.Random() {
		return fmt.Sprintf("seed %d", s.Seed)
	}
	return cmp.Or(s.Name, "the set's")
}

// fill completes the rows, and marks the best figure of each column.
func (g *Grid) fill() {
	for i := range g.Rows {
		row := &g.Rows[i]
		for k := range g.Columns {
			if k == len(row.Cells) {
				row.Cells = append(row.Cells, GridCell{})
			}
			if cell := &row.Cells[k]; cell.result == nil {
				nan := metrics.Value(math.NaN())
				*cell = GridCell{Value: nan, Deviation: nan, Missing: fmt.Sprintf("no run of %s is among those given", g.Columns[k].DataSet)}
			}
		}
	}
	for k := range g.Columns {
		best, figures := math.Inf(-1), 0
		for _, row := range g.Rows {
			if v := row.Cells[k].Value; v.Defined() {
				best = max(best, float64(v))
				figures++
			}
		}
		for i := range g.Rows {
			c := &g.Rows[i].Cells[k]
			c.Best = figures > 1 && c.Value.Defined() && float64(c.Value) == best
		}
	}
}

// compare takes the differences of all rows to the one that is named.
func (g *Grid) compare() error {
	if g.Against == "" {
		return nil
	}
	var names []string
	for _, r := range g.Rows {
		names = append(names, r.Name)
	}
	at := slices.Index(names, g.Against)
	if at < 0 {
		return usage.Unknown("row", g.Against, names...)
	}
	for i := range g.Rows {
		for k := range g.Columns {
			if c := &g.Rows[i].Cells[k]; i != at {
				c.Difference = differenceOf(c.result, g.Rows[at].Cells[k].result)
			}
		}
	}
	g.Notes = append(g.Notes, "intervals of differences are of 95 % by Student's t over divisions; these share images, so that the intervals are too narrow rather than too wide")
	return nil
}

// differenceOf pairs the divisions of two results; nil: one is missing.
func differenceOf(a, b *heads.Result) *Difference {
	if a == nil || b == nil {
		return nil
	}
	var d []float64
	for i, s := range a.Splits { // columns have the same divisions
		x, y := s.Figures.Get(a.Headline.Figure), b.Splits[i].Figures.Get(b.Headline.Figure)
		if x.Defined() && y.Defined() {
			d = append(d, float64(x-y))
		}
	}
	if len(d) == 0 {
		return nil
	}
	mean, squares := 0.0, 0.0
	for _, x := range d {
		mean += x / float64(len(d))
	}
	for _, x := range d {
		squares += (x - mean) * (x - mean)
	}
	nan := metrics.Value(math.NaN())
	out := &Difference{metrics.Value(mean), nan, nan, len(d)}
	if n := float64(len(d)); n > 1 {
		half := student(len(d)-1) * math.Sqrt(squares/(n-1)/n)
		out.Lower, out.Upper = metrics.Value(mean-half), metrics.Value(mean+half)
	}
	return out
}

// student is the 97.5 % quantile of Student's t; beyond the table, that of 30 degrees of freedom, which is wider.
func student(freedom int) float64 {
	t := []float64{
		12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
		2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
	}
	return t[min(freedom, len(t))-1]
}

// publish adds the rows of the paper's tables 11 and 12, of the columns whose measure is theirs.
func (g *Grid) publish() {
	papers := make([]*protocol.Paper, len(g.Columns))
	for k, c := range g.Columns {
		if p, err := protocol.Find(c.Protocol); err == nil {
			papers[k] = p.Paper
		}
	}
	var rows []GridRow
	put := func(name string, k int, f protocol.PaperFigure) {
		name += " (published)"
		i := slices.IndexFunc(rows, func(r GridRow) bool { return r.Name == name })
		if i < 0 {
			i = len(rows)
			row := GridRow{Name: name, Published: true, Cells: make([]GridCell, len(g.Columns))}
			nan := metrics.Value(math.NaN())
			for k := range row.Cells {
				row.Cells[k] = GridCell{Value: nan, Deviation: nan, Missing: "not published in the paper"}
			}
			rows = append(rows, row)
		}
		cell := GridCell{Value: metrics.Value(f.Mean / 100), Deviation: metrics.Value(math.NaN())}
		if f.Deviation > 0 {
			cell.Deviation = metrics.Value(f.Deviation / 100)
		}
		rows[i].Cells[k] = cell
	}
	for k, p := range papers {
		if p == nil {
			continue
		}
		for _, o := range p.Others {
			put(o.Of, k, o.PaperFigure)
		}
		for _, net := range []string{protocol.PaperD, protocol.PaperE, protocol.PaperDE} {
			for _, of := range []string{"", protocol.PaperImage, protocol.PaperBox, protocol.PaperBoth} {
				if f, ok := p.Figures[net+of]; ok {
					put("Simonyan and Zisserman, "+net+of, k, f)
				}
			}
		}
		if p.Note != "" {
			g.Notes = append(g.Notes, g.Columns[k].DataSet+": "+p.Note)
		}
	}
	if rows == nil {
		g.Notes = append(g.Notes, "the paper has no figures of these data sets")
	}
	g.Rows = append(g.Rows, rows...)
}

// brief is the beginning of a digest, enough to tell two apart.
func brief(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest[:min(len(digest), 12)]
}
