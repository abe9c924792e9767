package explore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"fc7/extract/likeness"
	"fc7/heads/protocol"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
	"fc7/pipeline/table"
)

// AuditJob says whose images are compared with each other.
type AuditJob struct {
	Job                       // K: neighbours of each row that are looked at
	Data     string           // KIND:PATH where the images are now; "": where the run's manifest says
	Protocol string           // whose splits are looked at; "": that of the data set, or that of any set, of given splits
	Options  protocol.Options // what is asked of it
	NoScores bool             // heads are not trained; those of an earlier audit go nevertheless

	Splits      string         // file of splits in place of the table's; "": the table's
	Unlisted    heads.Unlisted // what becomes of rows that it does not list; dropped ones are in no split
	AllowUnused bool           // lines of no row are passed over

	Comparing func() // is told before the events' progress is that of pairs; nil: nobody
}

// heads are those of the job.
func (j AuditJob) heads() heads.Job {
	h := heads.Job{
		Features: j.Run, Protocol: j.Protocol, Choice: j.Choice, Options: j.Options, Splits: j.Splits, Unlisted: j.Unlisted, AllowUnused: j.AllowUnused,
		Replace: true, Out: filepath.Join(j.folder(), heads.Folder),
	}
	h.Options.Threads = j.Threads
	return h
}

// folder is where what is kept of the run stands.
func (j AuditJob) folder() string { return filepath.Join(table.RunFolder(j.Run), folder) }

// Audit is what a table has of one image more than once.
type Audit struct {
	File       string  `json:"file"`  // where it is kept
	Table      string  `json:"table"` // digest of the table
	Rows       int     `json:"rows"`
	Kept       bool    `json:"kept"`       // pairs were there, and are of this table
	Candidates int     `json:"candidates"` // pairs that may be copies
	Compared   int     `json:"compared"`   // of these, whose pixels were
	Away       int     `json:"away"`       // rows without an image to look at
	AwayWhy    string  `json:"away_why,omitempty"`
	NoMirrors  bool    `json:"mirrors_not_sought,omitempty"` // mirror twins were not looked for but by descriptors
	Seconds    float64 `json:"seconds"`

	Protocol string       `json:"protocol,omitempty"`    // whose splits those are; "": there are none
	From     *heads.From  `json:"splits_from,omitempty"` // nil: they are not of a file
	NoSplits string       `json:"no_splits,omitempty"`
	Splits   []AuditSplit `json:"splits"`
	Groups   []Group      `json:"groups"` // those that matter first
	Exclude  string       `json:"exclude,omitempty"`
	Excluded int          `json:"excluded"`           // rows that it lists
	Scores   *LeakScores  `json:"scores,omitempty"`   // nil: nothing certain leaks, or they were not asked for
	Unscored string       `json:"unscored,omitempty"` // why there are none where something certain leaks
}

// AuditSplit is how much of what a split tests it also learns from.
type AuditSplit struct {
	Name   string `json:"name"` // "test", "val", "seed 0"
	Train  int    `json:"train"`
	Test   int    `json:"test"`
	Leaked Leaked `json:"leaked"`         // images to test with another of their group to train, by the grade
	File   string `json:"file,omitempty"` // the split without those that certainly leak; "": none does

	of protocol.Division
}

// Leaked counts images.
type Leaked struct {
	Certain     int `json:"certain"`
	Likely      int `json:"likely"`
	LookAlike   int `json:"look_alike"`
	Unconfirmed int `json:"unconfirmed"`
}

func (l *Leaked) of(g likeness.Grade) *int {
	switch g {
	case likeness.Certain:
		return &l.Certain
	case likeness.Likely:
		return &l.Likely
	case likeness.LookAlike:
		return &l.LookAlike
	}
	return &l.Unconfirmed
}

// auditColumns are those of the kept file: a row a member of a group, in the order of the groups.
var auditColumns = []outputs.ResultColumn{
	{Name: "group", Kind: outputs.ResultInt, Required: true}, // from 0
	{Name: "grade", Kind: outputs.ResultText, Required: true},
	{Name: "labels_differ", Kind: outputs.ResultBool, Required: true},
	{Name: "image", Kind: outputs.ResultText, Required: true},
	{Name: "row", Kind: outputs.ResultInt, Required: true},
	{Name: "labels", Kind: outputs.ResultTexts, Required: true},
	{Name: "leaks", Kind: outputs.ResultTexts, Required: true},
	{Name: "leak_grades", Kind: outputs.ResultTexts, Required: true},
	{Name: "twin", Kind: outputs.ResultText, Required: true},
	{Name: "twin_row", Kind: outputs.ResultInt, Required: true},
	{Name: "twin_grade", Kind: outputs.ResultText, Required: true},
	{Name: "mirrored", Kind: outputs.ResultBool, Required: true},
	{Name: "part", Kind: outputs.ResultBool, Required: true},
	{Name: "distance", Kind: outputs.ResultFloat},
	{Name: "correlation", Kind: outputs.ResultFloat},
	{Name: "difference", Kind: outputs.ResultFloat},
}

// FindAudit looks for images that a table has more than once, and which of them splits test and learn from. Pairs that
// are kept are read, if they are of the table; what comes of them is made anew.
func FindAudit(ctx context.Context, j AuditJob, ev conveyor.Events) (a *Audit, err error) {
	began := time.Now()
	if err := j.heads().Check(); err != nil {
		return nil, err
	}
	o, err := j.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = o.Close(err) }()
	from, err := o.Relabel(ctx, j.heads(), ev)
	if err != nil {
		return nil, err
	}
	a, list, err := o.audit(ctx, j, ev)
	if err == nil {
		a.From = from.SplitsFrom
		err = a.writeLists(j.folder(), o, list)
	}
	if err != nil {
		return nil, err
	}
	if err := a.score(ctx, j, o, ev); err != nil {
		return nil, err
	}
	a.Seconds = time.Since(began).Seconds()
	return a, nil
}

// audit looks for groups and keeps them, and returns the pairs that they are of.
func (o *opened) audit(ctx context.Context, j AuditJob, ev conveyor.Events) (*Audit, []twin, error) {
	a := &Audit{Table: o.basis.Table, Rows: len(o.IDs), Splits: []AuditSplit{}, Groups: []Group{}}
	splits, err := a.divide(j, o)
	if err != nil {
		return nil, nil, err
	}
	if err := checkLists(j.folder(), splits); err != nil {
		return nil, nil, err
	}
	if err := o.lookAt(ctx, j.Run, j.Data); err != nil {
		return nil, nil, err
	}
	t, kept, err := o.findTwins(ctx, j, ev)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", j.Run, err)
	}
	a.Kept, a.Candidates, a.Compared, a.Away, a.AwayWhy, a.NoMirrors = kept, t.candidates, t.compared, t.away, t.why, t.unsought
	a.Groups = append(a.Groups, o.groups(t.list, splits)...)
	a.count(splits)
	return a, t.list, a.write(o.keptGroups(j.Job))
}

// divide finds the splits of the data set, or those that a protocol draws of it. Data that no protocol divides have
// none, unless it was asked for.
func (a *Audit) divide(j AuditJob, o *opened) ([]protocol.Division, error) {
	p := protocol.For(o.Made.Identity.Inputs.Kind)
	if j.Protocol != "" {
		var err error
		if p, err = protocol.Find(j.Protocol); err != nil {
			return nil, err
		}
	} else if j.Splits != "" && !p.ReadsSplits() {
		p = protocol.For("")
	}
	all, err := p.Options(j.Options, o.Data)
	var splits []protocol.Division
	if err == nil {
		splits, err = p.Divisions(o.Data, all)
	}
	if u := new(usage.Error); err != nil && (j.Protocol != "" || j.Splits != "" || errors.As(err, &u)) {
		return nil, fmt.Errorf("%s: %w", j.Run, err)
	}
	switch {
	case len(splits) == 0 && j.Splits != "":
		return nil, fmt.Errorf("%s: no images of the table to train and to test: expected both train and test, or train and val", j.Splits)
	case err != nil:
		a.NoSplits = err.Error()
	case len(splits) == 0:
		a.NoSplits = "the table has none"
	default:
		a.Protocol = p.Name
	}
	return splits, nil
}

// count counts what leaks.
func (a *Audit) count(splits []protocol.Division) {
	for _, v := range splits {
		s := AuditSplit{Name: v.Name, Train: len(v.Train), Test: len(v.Test), of: v}
		for _, g := range a.Groups {
			for _, m := range g.Images {
				for _, l := range m.Leaks {
					if l.Split == v.Name {
						*s.Leaked.of(l.Grade)++
					}
				}
			}
		}
		a.Splits = append(a.Splits, s)
	}
}

// Unseen tells that no pixels were compared, since no images were there.
func (a *Audit) Unseen() bool { return a.Compared == 0 && a.Away > 0 }

// Leaks tells whether a split certainly tests what it learned from.
func (a *Audit) Leaks() bool {
	return slices.ContainsFunc(a.Splits, func(s AuditSplit) bool { return s.Leaked.Certain > 0 })
}

// grouped changes with any group of the same pairs.
const grouped = "groups 1"

// keptGroups names the groups of a job, whose pairs may be those of candidates or of all: a page shows either.
func (o *opened) keptGroups(j Job) kept {
	b := o.basis
	b.K, b.Asked = j.K, grouped+" of "+pixels
	return keptIn(j.Run, "audit", b)
}

// write keeps the groups.
func (a *Audit) write(k kept) error {
	a.File, k.found = k.path, found{Away: a.Away}
	_, err := k.write(auditColumns, func(yield func([]any) bool) {
		for n, g := range a.Groups {
			for _, m := range g.Images {
				if !yield(m.row(n, g)) {
					return
				}
			}
		}
	})
	return err
}

// row is that of the kept file.
func (m Member) row(n int, g Group) []any {
	figure := func(v *float64) any {
		if v == nil {
			return nil
		}
		return *v
	}
	splits, sure := []string{}, []string{}
	for _, l := range m.Leaks {
		splits, sure = append(splits, l.Split), append(sure, string(l.Grade))
	}
	return []any{
		n, string(g.Grade), g.LabelsDiffer, m.Image, m.Row, m.Labels, splits, sure,
		m.Twin, m.TwinRow, string(m.TwinGrade), m.Mirrored, m.Part, figure(m.Distance), figure(m.Correlation), figure(m.Difference),
	}
}
