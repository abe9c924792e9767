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

	"fc7/internal/rowkey"

	"fc7/outputs"
	"fc7/outputs/report"
	"fc7/pipeline/table"
)

// ReportFile is the name of the page that Report writes into a run's folder.
const ReportFile = "report.html"

// ReportJob says which page to write.
type ReportJob struct {
	Run      string // folder of an extraction, of a reproduction or of training
	Heads    string // their folder; empty: "heads" in the run's
	DataSet  string // KIND:PATH of the images where they are now; empty: as the run named it
	NoImages bool   // leave thumbnails out
	Out      string // file; empty: ReportFile in the run's folder

	paper *report.Comparison // what a reproduction shows; nil: the run's own line
	title string
}

// Report writes a run as one HTML page: of an extraction what was extracted, what failed, the scores of the heads if there are any
// with curves and images, and all settings; of a reproduction that of its main heads, beside the paper's figures; of training its
// curves. An earlier page is replaced. It returns the page's path.
func Report(ctx context.Context, j ReportJob) (string, error) {
	j.Run = table.RunFolder(j.Run)
	if j.Out == "" {
		j.Out = filepath.Join(j.Run, ReportFile)
	}
	if j.paper == nil {
		var all Reproduction
		err := outputs.ReadJSON(filepath.Join(j.Run, ReproduceFile), &all)
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
		page, ok, err := trainingPage(j.Run)
		if err != nil {
			return "", err
		}
		if ok {
			return j.Out, writePage(j.Out, page)
		}
	}
	if err != nil {
		return "", fmt.Errorf("%s holds no finished run: %w", j.Run, err)
	}
	if j.Heads == "" {
		j.Heads = filepath.Join(j.Run, "heads")
	}
	t, err := outputs.OpenTable(j.Run, outputs.ReadOptions{})
	if err != nil {
		return "", err
	}
	p := &reporter{job: j, m: m, rows: t.Rows}
	if err := p.readHeads(); err != nil {
		return "", err
	}
	if err := p.build(ctx); err != nil {
		return "", err
	}
	return j.Out, writePage(j.Out, p.page)
}

// reporter gathers what a page holds.
type reporter struct {
	job    ReportJob
	m      outputs.Manifest
	rows   []outputs.Row
	heads  *HeadsResult // nil: none yet
	review *Review      // nil: heads of an earlier fc7
	page   report.Report
}

// readHeads reads what Heads wrote, if it is there.
func (p *reporter) readHeads() error {
	h, err := readHeadsResult(p.job.Heads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	p.heads = h
	v := &Review{}
	if err := outputs.ReadJSON(filepath.Join(p.job.Heads, ReviewFile), v); err == nil {
		p.review = v
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// readHeadsResult reads the scores in a folder that Heads wrote.
func readHeadsResult(dir string) (*HeadsResult, error) {
	h := &HeadsResult{Out: dir}
	path := filepath.Join(dir, ScoresFile)
	if err := outputs.ReadJSON(path, h); err != nil {
		return nil, err
	}
	if h.VOC == nil && h.Caltech == nil && h.Set == nil {
		return nil, fmt.Errorf("%s: no scores of any protocol: was it written by fc7 svm?", path)
	}
	return h, nil
}

// build fills in the page.
func (p *reporter) build(ctx context.Context) error {
	r := &p.page
	r.Title, r.Subtitle, r.Inputs = p.job.title, p.subtitle(), p.m.Counts.Inputs
	if r.Title == "" {
		r.Title = p.m.DataSet
	}
	if p.heads != nil {
		p.addScores()
		p.addChoice()
		p.addLowShot()
	} else {
		r.Notes = append(r.Notes, "No heads were trained on this run yet: fc7 svm does.")
	}
	r.Summary = append(r.Summary, report.Figure{
		Name: "images", Value: report.Grouped(p.m.Counts.Inputs), Note: fmt.Sprintf("%s with descriptors, %s failed", report.Grouped(p.m.Counts.OK), report.Grouped(p.m.Counts.Failed)),
	})
	for _, row := range p.rows {
		if row.Status == outputs.StatusFailed {
			r.Failures = append(r.Failures, report.Failure{Image: rowkey.Of(row.Image, row.Object), Reason: row.Error})
		}
	}
	if err := p.addReview(ctx); err != nil {
		return err
	}
	p.addPaper()
	r.Settings = append(r.Settings, p.headSettings()...)
	r.Settings = append(r.Settings, p.tableSettings()...)
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

// writePage writes the page under a temporary name and renames it.
func writePage(path string, r report.Report) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	defer os.Remove(f.Name())
	err = report.Write(f, r)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
