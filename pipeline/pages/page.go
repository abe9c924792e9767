package pages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/mirror"
	"fc7/internal/rowkey"
	"fc7/internal/waiting"
	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/paper"
	"fc7/pipeline/table"
)

// OwnFile is the name of the page that Write leaves in a run's folder.
const OwnFile = "report.html"

// Job says which page to write.
type Job struct {
	Run      string // folder of an extraction, of a reproduction or of training
	Heads    string // their folder; empty: "heads" in the run's
	DataSet  string // KIND:PATH of the images where they are now; empty: as the run named it
	NoImages bool   // leave thumbnails out
	Paths    bool   // the page may name files and folders of this machine
	Out      string // file; empty: report.html in the run's folder
	// Note is told what the page warns of; nil: nobody.
	Note func(string)

	paper *report.Comparison // what a reproduction shows; nil: the run's own line
	title string
}

// Own is where the page of a run goes if nobody says otherwise: report.html in its folder, which must be there.
func Own(run string) (string, error) {
	run = table.RunFolder(run)
	if _, err := os.Stat(run); err != nil {
		return "", fmt.Errorf("%s holds no finished run: %w", run, err)
	}
	return filepath.Join(run, OwnFile), nil
}

// CheckOwn refuses to replace, unless it is asked for, what stands in the place of a run's own page and is no report.
func CheckOwn(path string, replace bool) error {
	return table.CheckOwn(path, "report", replace, report.Begin, report.Wrote)
}

// Write writes a run as one HTML page: of an extraction what was extracted, what failed, the scores of the heads if
// there are any with curves and images, and all settings; of a reproduction that of its main heads, beside the paper's
// figures; of training its curves. An earlier page is replaced. It returns the page's path.
func Write(ctx context.Context, j Job) (string, error) {
	j.Run = table.RunFolder(j.Run)
	named := j.Heads
	if j.Out == "" {
		own, err := Own(j.Run)
		if err != nil {
			return "", err
		}
		j.Out = own
	}
	if j.paper == nil {
		all, err := paper.ReadReproduction(j.Run)
		if err == nil {
			if j, err = reproductionReport(j, all); err != nil {
				return "", err
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	m, err := outputs.ReadManifest(j.Run)
	if errors.Is(err, fs.ErrNotExist) {
		page, of := j.other(ctx)
		if of == nil && page == nil {
			of = cmp.Or(outputs.CheckMerged(j.Run), fmt.Errorf("%s holds no finished run: %w", j.Run, err))
		}
		if of != nil {
			return "", of
		}
		return j.Out, writePage(j.Out, *page)
	}
	if err != nil {
		return "", err
	}
	if j.Heads == "" {
		j.Heads = filepath.Join(j.Run, heads.Folder)
	}
	p := &reporter{job: j, m: m}
	page, err := waiting.For(ctx, func() (report.Report, error) { return p.read(ctx, named) })
	if err != nil {
		return "", err
	}
	return j.Out, writePage(j.Out, page)
}

// other is the page of a run that is no table: a training, or an evaluation of nets; nil: it is none of these.
func (j Job) other(ctx context.Context) (*report.Report, error) {
	page, warnings, err := trainingPage(j.Run, j.Paths)
	for _, w := range warnings {
		conveyor.Events{Note: j.Note}.TellNote(w)
	}
	if page == nil && err == nil {
		page, err = j.evaluationPage(ctx)
	}
	if page == nil && err == nil {
		page, err = j.localisationPage(ctx)
	}
	if page != nil && !j.Paths {
		hideFolders(page, knownPath(j.DataSet), j.Run)
	}
	return page, err
}

// read makes the page of the run's table, and of its heads, which the user may have named.
func (p *reporter) read(ctx context.Context, named string) (r report.Report, err error) {
	t, err := outputs.OpenTable(p.job.Run, outputs.ReadOptions{})
	if err != nil {
		return r, err
	}
	p.rows = t.Rows
	if err := p.readHeads(); err != nil {
		return r, err
	}
	if err := p.checkTable(t); err != nil {
		return r, err
	}
	if p.heads == nil && named != "" {
		return r, fmt.Errorf("%s: no heads there: expected the folder of fc7 svm, with %s", named, heads.ScoresFile)
	}
	if err = p.build(ctx); err == nil && !p.job.Paths {
		hideFolders(&p.page, p.known()...)
	}
	return p.page, err
}

// known are paths that a page may name, beside those of its settings.
func (p *reporter) known() []string {
	known := []string{knownPath(p.job.DataSet), p.job.Run}
	if p.heads != nil {
		for _, from := range []*heads.From{p.heads.LabelsFrom, p.heads.SplitsFrom} {
			if from != nil {
				known = append(known, from.File)
			}
		}
	}
	return known
}

// reporter gathers what a page holds.
type reporter struct {
	job    Job
	m      outputs.Manifest
	rows   []outputs.Row
	heads  *heads.Result // nil: none yet
	review *heads.Review // nil: heads of an earlier fc7
	page   report.Report
}

// readHeads reads what heads.Train wrote, if it is there.
func (p *reporter) readHeads() error {
	h, err := heads.ReadResult(p.job.Heads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	p.heads = h
	p.review, err = h.ReadReview()
	return err
}

// checkTable makes sure that manifest, table and heads are of each other. Heads of another state of the table are shown
// with a note that says so.
func (p *reporter) checkTable(t *outputs.Table) error {
	if diff := p.m.Identity.Differences(t.Identity); len(diff) > 0 {
		return fmt.Errorf("%s is of another table than the files in %s: %s", filepath.Join(p.job.Run, outputs.ManifestName), t.Path, strings.Join(diff, "; "))
	}
	if p.heads == nil {
		return nil
	}
	apart, err := p.heads.Apart(t)
	if apart != "" {
		p.page.Notes = append(p.page.Notes, fmt.Sprintf("These heads were %s: train them again.", apart))
	}
	return err
}

// build fills in the page.
func (p *reporter) build(ctx context.Context) error {
	r := &p.page
	r.Title, r.Subtitle, r.Inputs = p.job.title, p.subtitle(), p.m.Counts.Inputs
	if r.Title == "" {
		r.Title = cmp.Or(p.m.DataSet, p.m.Identity.Inputs.Kind, "Descriptors") // a manifest may say neither
	}
	if p.heads != nil {
		addCommand(r, p.heads.Made, p.job.Paths)
		addMade(r, "heads trained", p.heads.Made)
	}
	addCommand(r, p.m.Made, p.job.Paths)
	addTable(r, p.m)
	addLinks(r, p.job.Out, p.job.Run)
	if p.heads != nil {
		p.addScores()
		p.addChoice()
		p.addLowShot()
		p.addNearest()
	} else {
		p.addWithoutHeads()
	}
	r.Summary = append(r.Summary, report.Figure{
		Name: "images", Value: report.Grouped(p.m.Counts.Inputs), Note: fmt.Sprintf("%s with descriptors, %s failed", report.Grouped(p.m.Counts.OK), report.Grouped(p.m.Counts.Failed)),
	})
	for _, row := range p.rows {
		if row.Status == outputs.StatusFailed {
			r.Failures = append(r.Failures, report.Failure{Image: rowkey.Of(row.Image, row.Object), Reason: row.Error})
		}
	}
	review := p.addReview
	if p.heads == nil {
		review = p.addSome
	}
	if err := review(ctx); err != nil {
		return err
	}
	p.addPaper()
	r.Settings = append(r.Settings, p.headSettings()...)
	r.Settings = append(r.Settings, tableSettings(p.job.Run, p.m)...)
	return nil
}

// subtitle names layers, nets and scales.
func (p *reporter) subtitle() string {
	nets := []string{p.m.Identity.Net}
	if p.heads != nil {
		for _, t := range p.heads.Tables {
			if !slices.Contains(nets, t.Identity.Net) {
				nets = append(nets, t.Identity.Net)
			}
		}
	}
	return fmt.Sprintf("%s of %s at scales %s", strings.Join(p.m.Identity.Layers, ", "), strings.Join(nets, " and "), report.Numbers(p.m.Identity.Scales))
}

// writePage replaces the page at path.
func writePage(path string, r report.Report) error {
	err := atomicfile.Write(path, true, func(w io.Writer) error { return report.Write(w, r) })
	if err == nil { // of a run on a store, to the run
		err = mirror.Publish(path)
	}
	return err
}
