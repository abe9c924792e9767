package planned

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"fc7/outputs"
)

// Status is how far a planned table is, by the notes of its files, the rows that are kept of others, and the heartbeats
// of its tasks alone. Of each file it is known whether it is done; one that is not is running where a live task has it,
// stale where the only tasks that have it said nothing for a while, and else missing.
type Status struct {
	Out       string       `json:"out"`
	Net       string       `json:"net"`
	Merged    bool         `json:"merged"`
	Rows      int          `json:"rows"`
	RowsDone  int          `json:"rows_done"` // those of files that are done, what live tasks have of others, and those that are kept
	RowsKept  int          `json:"rows_kept"` // of them, those of files that nobody has now, for the next start
	Failed    int          `json:"failed"`    // of files that are done
	Changed   int          `json:"changed"`   // of them, those whose image changed since the plan
	Files     int          `json:"files"`
	Done      int          `json:"files_done"`
	Running   int          `json:"files_running"`
	Stale     int          `json:"files_stale"`
	Missing   int          `json:"files_missing"`
	Rate      float64      `json:"images_per_s"` // of the tasks that live
	Left      float64      `json:"left_s"`       // at that rate; 0: it is not known, or nothing is left
	CoreHours float64      `json:"core_hours"`   // of all starts, for as long as they were heard of
	Cost      *float64     `json:"cost,omitempty"`
	Tasks     []TaskStatus `json:"tasks,omitempty"` // of each the start that lives, else the one that was heard of last

	StaleFiles   []int `json:"-"`
	MissingFiles []int `json:"-"`
}

// TaskStatus is a task as it was heard of last.
type TaskStatus struct {
	Task  int     `json:"task"` // from 0; -1: all of the table
	State string  `json:"state"`
	Host  string  `json:"host"`
	First int     `json:"first"` // files first to end-1
	End   int     `json:"end"`
	Rows  int     `json:"rows"`
	Done  int     `json:"rows_done"`
	Rate  float64 `json:"images_per_s"`
	Age   float64 `json:"heard_s"` // ago
}

// gone is the state of a task that said nothing for a while.
const gone = "stale"

// Status looks how far the table is. price is that of a core-hour; 0: not known.
func (p *Plan) Status(ctx context.Context, now time.Time, price float64) (*Status, error) {
	s := &Status{Out: p.Run(), Net: p.Identity.Net, Rows: p.Items, Files: p.Files}
	starts, err := p.heard(ctx)
	if err != nil {
		return nil, err
	}
	if s.CoreHours = starts.coreHours(); price > 0 {
		cost := s.CoreHours * price
		s.Cost = &cost
	}
	if err := s.merged(p); err != nil {
		return nil, err
	}
	if s.Merged {
		return s, nil
	}
	if p, err = p.listing(); err != nil {
		return nil, err
	}
	done := make([]*Done, p.Files)
	if err := each(ctx, p.Files, func(file int) (err error) { done[file], err = p.noteOf(file); return err }); err != nil {
		return nil, err
	}
	s.takeTasks(starts.beats(), now)
	states := s.states(p.Files)
	kept, err := p.keptRows(ctx, openFiles(done))
	if err != nil {
		return nil, err
	}
	s.takeRows(p, done, states, kept)
	s.takeFiles(done, states)
	return s, nil
}

// merged takes what the manifest says, where there is one.
func (s *Status) merged(p *Plan) error {
	m, err := outputs.ReadManifestIn(p.at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s is merged, but its manifest cannot be read: %w", p.Run(), err)
	}
	s.Merged, s.RowsDone, s.Failed, s.Changed, s.Done = true, m.Counts.Inputs, m.Counts.Failed, m.Counts.Changed, m.Shards
	return nil
}

// takeTasks finds of each task the start that lives, else the one that was heard of last: another start of a task that
// lives ends at once, since its files are being made, and was heard of later.
func (s *Status) takeTasks(beats []Beat, now time.Time) {
	silent := func(b Beat) bool { return now.Sub(b.Beat) > staleAfter }
	ended := func(b Beat) int {
		if b.State == Running && !silent(b) {
			return 0
		}
		return 1
	}
	slices.SortFunc(beats, func(a, b Beat) int { return cmp.Or(ended(a)-ended(b), b.Beat.Compare(a.Beat)) })
	type share struct{ first, end int }
	seen := map[share]bool{}
	for _, b := range beats {
		if seen[share{b.First, b.End}] {
			continue
		}
		seen[share{b.First, b.End}] = true
		t := TaskStatus{Task: b.Task, State: b.State, Host: b.Host, First: b.First, End: b.End, Rows: b.Rows, Done: b.Done, Age: now.Sub(b.Beat).Seconds()}
		if t.State == Running && silent(b) {
			t.State = gone
		}
		if t.State == Running && b.Seconds > 0 {
			t.Rate = float64(b.Computed) / b.Seconds
			s.Rate += t.Rate
		}
		s.Tasks = append(s.Tasks, t)
	}
	slices.SortFunc(s.Tasks, func(a, b TaskStatus) int { return a.First - b.First })
}

// states are those of files, as far as a task has them: "" where none has.
func (s *Status) states(files int) []string {
	of := make([]string, files)
	for _, t := range s.Tasks {
		for f := t.First; f < t.End; f++ {
			if of[f] != Running {
				of[f] = t.State
			}
		}
	}
	return of
}

// openFiles are those that are not done.
func openFiles(done []*Done) (files []int) {
	for f, d := range done {
		if d == nil {
			files = append(files, f)
		}
	}
	return files
}

// takeRows counts rows. What a live task has of files that are not done it says itself, but in the beginning. Of tasks
// that are at the same files, as they may be on a store, both say it: there are no more than the files have.
func (s *Status) takeRows(p *Plan, done []*Done, states []string, kept map[int]int) {
	told, most := 0, 0 // of files that live tasks have
	for _, t := range s.Tasks {
		ready, there := 0, 0 // rows of the task's files that are done, and that are kept
		for f := t.First; f < t.End; f++ {
			if done[f] != nil {
				ready += done[f].Rows
			}
			there += kept[f]
		}
		if t.State == Running {
			told += max(t.Done-ready, there)
		}
	}
	for f, d := range done {
		switch {
		case d != nil:
			s.RowsDone += d.Rows
		case states[f] != Running:
			s.RowsKept += kept[f]
			s.RowsDone += kept[f]
		default:
			first, end := p.Span(f, f+1)
			most += end - first
		}
	}
	s.RowsDone += min(told, most)
	if s.Rate > 0 && s.RowsDone < s.Rows {
		s.Left = float64(s.Rows-s.RowsDone) / s.Rate
	}
}

// takeFiles counts files.
func (s *Status) takeFiles(done []*Done, states []string) {
	for f, d := range done {
		switch {
		case d != nil:
			s.Done++
			s.Failed += d.Failed
			s.Changed += d.Changed
		case states[f] == Running:
			s.Running++
		case states[f] == gone:
			s.Stale++
			s.StaleFiles = append(s.StaleFiles, f)
		default:
			s.Missing++
			s.MissingFiles = append(s.MissingFiles, f)
		}
	}
}
