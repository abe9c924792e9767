package explore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"fc7/heads/neighbours"
	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// SuspectJob says whose labels are looked at.
type SuspectJob struct {
	Job         // K and Threads are those of Options
	Options     protocol.DoubtOptions
	Labels      string         // file of labels in place of the table's; "": the table's
	Unlisted    heads.Unlisted // what becomes of rows that it does not list; dropped ones have no label
	AllowUnused bool           // lines of no row are passed over
}

// labels are those to look at.
func (j SuspectJob) labels() heads.Job {
	return heads.Job{Features: j.Run, Labels: j.Labels, Unlisted: j.Unlisted, AllowUnused: j.AllowUnused}
}

// Suspects are the labels of a table, the most doubtful first.
type Suspects struct {
	File     string      `json:"file"`  // where they are kept
	Table    string      `json:"table"` // digest of the table
	Labels   int         `json:"labels"`
	Doubtful int         `json:"doubtful"`              // labels whose margin is below 0
	K        int         `json:"k"`                     // neighbours that voted
	From     *heads.From `json:"labels_from,omitempty"` // nil: they are those of the table
	Kept     bool        `json:"kept"`                  // they were there, and are of this table
	Seconds  float64     `json:"seconds"`
	List     []Suspect   `json:"suspects"` // the doubtful ones
	Outliers []Outlier   `json:"outliers"` // those furthest from others, for their class

	all  []Suspect
	data protocol.Data // of the table; its descriptors are not to be read
}

// Suspect is a label that heads and neighbours may doubt.
type Suspect struct {
	Image    string  `json:"image"`         // IMAGE, or IMAGE#OBJECT
	Label    string  `json:"label"`         // "": none of the classes
	Instead  string  `json:"instead"`       // what the heads say; of several labels that it is of the class, or not
	Has      bool    `json:"has"`           // the image has the label; false of several labels alone
	Margin   float64 `json:"margin"`        // out of fold; below 0 heads say another
	For      int     `json:"votes_for"`     // neighbours that say as the label does
	Against  int     `json:"votes_against"` // neighbours that say as the heads do
	Distance float64 `json:"distance"`      // 1 - cos of the image to its k-th neighbour
}

// Outlier is an image that is far from all others, for its class.
type Outlier struct {
	Image    string  `json:"image"`
	Label    string  `json:"label"`
	Distance float64 `json:"distance"` // 1 - cos to its k-th neighbour
	Times    float64 `json:"times"`    // the median of its class
}

// suspectColumns are those of the kept file: a row a label, the most doubtful first.
var suspectColumns = []outputs.ResultColumn{
	{Name: "image", Kind: outputs.ResultText, Required: true},
	{Name: "label", Kind: outputs.ResultText, Required: true},
	{Name: "instead", Kind: outputs.ResultText, Required: true},
	{Name: "has", Kind: outputs.ResultBool, Required: true},
	{Name: "margin", Kind: outputs.ResultFloat, Required: true},
	{Name: "votes_for", Kind: outputs.ResultInt, Required: true},
	{Name: "votes_against", Kind: outputs.ResultInt, Required: true},
	{Name: "distance", Kind: outputs.ResultFloat, Required: true},
}

// askedDoubts is what suspects depend on beside their table, as their note has it.
const askedDoubts = "C %v, %d folds, seed %d"

// FindSuspects ranks the labels of a table by how doubtful they are, or reads what is kept, if it is of it.
func FindSuspects(ctx context.Context, j SuspectJob, ev conveyor.Events) (s *Suspects, err error) {
	began := time.Now()
	if err := j.labels().Check(); err != nil {
		return nil, err
	}
	o, err := j.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = o.Close(err) }()
	from, err := o.Relabel(ctx, j.labels(), ev)
	if err != nil {
		return nil, err
	}
	if s, err = o.suspects(ctx, j, from.LabelsFrom, ev); err != nil {
		return nil, err
	}
	s.Seconds = time.Since(began).Seconds()
	return s, nil
}

// keptSuspects names those of a job, whose labels are of a file, if from is one: these are kept for themselves, so that
// a page, which shows the table's, and they do not replace each other.
func (o *opened) keptSuspects(j SuspectJob, from *heads.From) kept {
	b, name := o.basis, "suspects"
	b.K, b.Asked = j.Options.K, fmt.Sprintf(askedDoubts, j.Options.C, j.Options.Folds, j.Options.Seed)
	if j.samples(o.x) {
		b.Asked += ", " + candidates
	}
	if from != nil {
		name += "-of-labels"
		b.Asked += fmt.Sprintf(", labels %s, unlisted %s", from.SHA256, cmp.Or(j.Unlisted, heads.UnlistedError))
	}
	return keptIn(j.Run, name, b)
}

func (o *opened) suspects(ctx context.Context, j SuspectJob, from *heads.From, ev conveyor.Events) (s *Suspects, err error) {
	k := o.keptSuspects(j, from)
	s = &Suspects{File: k.path, Table: k.basis.Table, K: min(j.Options.K, len(o.present)-1), From: from, data: o.Data}
	if n := k.fresh(); n != nil {
		s.Kept = true
		err = s.read(k.path, n.SHA256)
	} else if err = cmp.Or(protocol.CheckDoubts(o.Data), j.Options.Check()); err == nil {
		err = k.writable()
	}
	if err == nil && !s.Kept {
		ev.TellNote(fmt.Sprintf("labels are judged by heads of %d folds that did not see them", j.Options.Folds))
		err = s.find(ctx, o, j, k, ev)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Run, err)
	}
	s.sum()
	return s, nil
}

// voters are the neighbours of the present rows: those that are kept, or else they are searched for.
func (o *opened) voters(ctx context.Context, j SuspectJob, ev conveyor.Events) (*neighbours.Lists, error) {
	of := j.Job
	of.K, of.Threads = j.Options.K, j.Options.Threads
	n, err := o.keptNeighbours(of)
	if n == nil && err == nil {
		n, _ = o.unfound(of)
		err = n.search(ctx, o.x, of, ev)
	}
	if err != nil {
		return nil, err
	}
	n.note(ev)
	return n.lists, nil
}

// find looks for doubtful labels and keeps what it finds.
func (s *Suspects) find(ctx context.Context, o *opened, j SuspectJob, k kept, ev conveyor.Events) error {
	near, err := o.voters(ctx, j, ev)
	if err != nil {
		return err
	}
	f, err := protocol.FindDoubts(ctx, o.Data, near, j.Options)
	if err != nil {
		return err
	}
	for _, d := range f.List {
		one := Suspect{Image: o.IDs[d.Row], Has: d.Has, Margin: d.Margin, For: d.For, Against: d.Against, Distance: f.Far[d.Row], Instead: f.Classes[d.Instead]}
		if d.Class >= 0 {
			one.Label = f.Classes[d.Class]
		}
		s.all = append(s.all, one)
	}
	_, err = k.write(suspectColumns, func(yield func([]any) bool) {
		for _, d := range s.all {
			if !yield([]any{d.Image, d.Label, d.Instead, d.Has, d.Margin, d.For, d.Against, d.Distance}) {
				return
			}
		}
	})
	return err
}

// read takes back what is kept.
func (s *Suspects) read(path, sum string) error {
	return outputs.ReadResults(path, sum, suspectColumns, func(v []any) error {
		s.all = append(s.all, Suspect{
			Image: as[string](v[0]), Label: as[string](v[1]), Instead: as[string](v[2]), Has: as[bool](v[3]),
			Margin: as[float64](v[4]), For: as[int](v[5]), Against: as[int](v[6]), Distance: as[float64](v[7]),
		})
		return nil
	})
}

// outliers is how many a result names.
const outliers = 20

// sum counts, and finds the outliers.
func (s *Suspects) sum() {
	s.Labels, s.List, s.Outliers = len(s.all), []Suspect{}, []Outlier{}
	of := map[string][]Suspect{}
	for _, d := range s.all {
		if d.Margin < 0 {
			s.Doubtful++
			s.List = append(s.List, d)
		}
		if d.Has && d.Label != "" {
			of[d.Label] = append(of[d.Label], d)
		}
	}
	for label, all := range of {
		distances := make([]float64, len(all))
		for i, d := range all {
			distances[i] = d.Distance
		}
		slices.Sort(distances)
		median := distances[len(distances)/2]
		for _, d := range all {
			if times := d.Distance / median; times > 1 && !math.IsInf(times, 1) {
				s.Outliers = append(s.Outliers, Outlier{d.Image, label, d.Distance, times})
			}
		}
	}
	slices.SortFunc(s.Outliers, func(a, b Outlier) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Image, b.Image), cmp.Compare(a.Label, b.Label))
	})
	s.Outliers = s.Outliers[:min(outliers, len(s.Outliers))]
}
