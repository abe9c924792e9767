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

// Status is how far a planned table is, by the notes of its files, their sizes, the rows that are kept of others, and
// the heartbeats of its tasks alone. Of each file it is known whether it is done, or damaged: not what its task made.
// Any other is running where a live task has it, stale where the only tasks that have it said nothing for a while, and
// else missing: also one that was done, and stands no more.
type Status struct {
	Out       string       `json:"out"`
	Net       string       `json:"net"`
	Merged    bool         `json:"merged"`              // the manifest stands; of a table that lost files since, too
	Unplanned bool         `json:"unplanned,omitempty"` // the table is made without a plan; merged is then complete
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
	Damaged   int          `json:"files_damaged"`
	Rate      float64      `json:"images_per_s"` // of the tasks that live
	Left      float64      `json:"left_s"`       // at that rate; 0: it is not known, or nothing is left
	CoreHours float64      `json:"core_hours"`   // of all starts, for as long as they were heard of
	Cost      *float64     `json:"cost,omitempty"`
	Tasks     []TaskStatus `json:"tasks,omitempty"` // of each the start that lives, else the one that was heard of last

	StaleFiles   []int `json:"-"`
	MissingFiles []int `json:"-"`

	Problems []string `json:"problems,omitempty"` // of each damaged file what is wrong, and what helps
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

// broken is the state of a file that is damaged.
const broken = "damaged"

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
	if whole, err := s.merged(ctx, p); whole || err != nil {
		return s, err
	}
	done, damaged, err := s.lookAll(ctx, p)
	if err != nil {
		return nil, err
	}
	s.takeTasks(starts.beats(), now)
	states := s.states(p.Files)
	for _, f := range damaged {
		states[f] = broken
	}
	kept, err := p.keptRows(ctx, openFiles(done))
	if err != nil {
		return nil, err
	}
	s.takeRows(p, done, states, kept)
	s.takeFiles(done, states)
	s.Merged = s.Merged && s.Done < s.Files // else a task replaced a file since, and the manifest is to be written again
	return s, nil
}

// merged takes what the manifest says, where there is one, and tells whether all its files stand with the sizes that it
// lists. Where they do not, the notes say more: a file may have been replaced since.
func (s *Status) merged(ctx context.Context, p *Plan) (whole bool, err error) {
	m, err := outputs.ReadManifestIn(p.at)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s is merged, but its manifest cannot be read: %w", p.Run(), err)
	}
	s.Merged = true
	lost, damaged, err := p.Lost(ctx, 0, p.Files, &m)
	if err != nil || len(lost) > 0 || damaged != nil {
		return false, err
	}
	s.RowsDone, s.Failed, s.Changed, s.Done = m.Counts.Inputs, m.Counts.Failed, m.Counts.Changed, m.Shards
	return true, nil
}

// lookAll are the notes of the files that are done, and the files that are damaged, or their notes: that is told, and
// no error.
func (s *Status) lookAll(ctx context.Context, p *Plan) (done []*Done, damaged []int, err error) {
	found, wrong, err := p.lookEach(ctx, 0, p.Files)
	if err != nil {
		return nil, nil, err
	}
	done = make([]*Done, p.Files)
	for file, f := range found {
		switch {
		case wrong[file] != nil:
			damaged = append(damaged, file)
			s.Problems = append(s.Problems, wrong[file].Error())
		case f.Stands:
			done[file] = f.Note
		}
	}
	return done, damaged, nil
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
		case states[f] == broken:
			s.Damaged++
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
