package planned

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"fc7/internal/origin"
	"fc7/internal/place"
	"fc7/outputs"
)

// startsName is the file of the starts whose heartbeats a merge removed.
const startsName = "starts.json"

// maxStarts bounds it: some hundred thousand starts.
const maxStarts = 256 << 20

// Starts are what all starts of tasks said last, by the names of their heartbeats.
type Starts map[string]Beat

// startsFile is what stands in RUN/done/starts.json.
type startsFile struct {
	Plan   string `json:"plan"` // digest of plan.json
	Starts Starts `json:"starts"`
}

// heard are those that were heard of, those of before a merge too. A merge keeps them before it removes heartbeats, so
// these are read first.
func (p *Plan) heard(ctx context.Context) (Starts, error) {
	all, _, err := p.starts(ctx)
	return all, err
}

// starts tells also whether heartbeats say something that is not kept yet.
func (p *Plan) starts(ctx context.Context) (all Starts, fresh bool, err error) {
	beats, err := p.beats(ctx)
	if err != nil {
		return nil, false, err
	}
	kept, err := p.keptStarts()
	if err != nil {
		return nil, false, err
	}
	all = Starts{}
	maps.Copy(all, kept)
	maps.DeleteFunc(all, func(_ string, b Beat) bool { return !p.canBe(&b) })
	for name, b := range beats {
		if !p.canBe(&b) {
			continue
		}
		if was, known := all[name]; !known || b.Beat.After(was.Beat) {
			all[name], fresh = b, true
		}
	}
	return all, fresh, nil
}

// longest is for how long a start may have worked, in seconds, all its threads together: some hundred years. More than
// mostWork is none that a manifest tells, of all starts.
const longest, mostWork = 4e9, 9e9

// canBe tells whether what a start says of itself can be so: a file that is not fc7's says nothing.
func (p *Plan) canBe(b *Beat) bool {
	for _, rows := range []int{b.Rows, b.Done, b.Computed, b.Failed} {
		if rows < 0 || rows > p.Items {
			return false
		}
	}
	t := b.Timings
	for _, s := range []float64{b.Seconds, t.Reading, t.Waiting, t.Computing, t.Writing, t.Together} {
		if s < 0 || s > longest {
			return false
		}
	}
	return b.Task >= -1 && b.Batches >= 0 && b.First >= 0 && b.First <= b.End && b.End <= p.Files && b.Cores >= 0 && b.Cores <= 1<<20
}

// keptStarts are those of before a merge. A file that is damaged, or of another plan, is as none: nothing of a table
// depends on it.
func (p *Plan) keptStarts() (Starts, error) {
	var f startsFile
	err := place.ReadJSON(p.at, path.Join(doneDir, startsName), maxStarts, &f)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case isSystem(err):
		return nil, err
	case err != nil || f.Plan != p.digest:
		return nil, nil
	}
	return f.Starts, nil
}

// KeepStarts keeps the starts that were heard of for when their heartbeats are removed, and tells them.
func (p *Plan) KeepStarts(ctx context.Context) (Starts, error) {
	all, fresh, err := p.starts(ctx)
	if err == nil && fresh {
		if err = p.at.MkdirAll(doneDir); err == nil {
			err = place.WriteJSON(p.at, path.Join(doneDir, startsName), startsFile{p.digest, all}, true)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("keeping what tasks told: %w", err)
	}
	return all, nil
}

// beats are those of the starts, by their names: what comes of them is the same each time.
func (s Starts) beats() []Beat {
	all := make([]Beat, 0, len(s))
	for _, name := range slices.Sorted(maps.Keys(s)) {
		all = append(all, s[name])
	}
	return all
}

// coreHours are those of all of them, for as long as they were heard of.
func (s Starts) coreHours() (hours float64) {
	for _, b := range s.beats() {
		hours += b.Seconds * float64(b.Cores) / 3600
	}
	return hours
}

// Timings are those of all starts: from the first start to the last end, the work summed.
func (s Starts) Timings() (t outputs.Timings) {
	batches, images := 0, 0.0
	for _, b := range s.beats() {
		if t.Started.IsZero() || b.Started.Before(t.Started) {
			t.Started = b.Started
		}
		if b.Beat.After(t.Finished) {
			t.Finished = b.Beat
		}
		t.Reading += b.Timings.Reading
		t.Waiting += b.Timings.Waiting
		t.Computing += b.Timings.Computing
		t.Writing += b.Timings.Writing
		t.Computed += b.Computed
		batches += b.Batches
		images += b.Timings.Together * float64(b.Batches)
	}
	for _, sum := range []*float64{&t.Reading, &t.Waiting, &t.Computing, &t.Writing} {
		*sum = min(*sum, mostWork)
	}
	t.Together = images / float64(max(batches, 1))
	return t
}

// Command is the last start's, if all that computed rows were started alike, on machines that are alike; nil: they were
// not, or it is not known.
func (s Starts) Command() (c *origin.Command) {
	for _, b := range s.beats() {
		switch {
		case b.Computed == 0:
		case b.Command == nil, c != nil && (b.Command.Text != c.Text || b.Command.Machine != c.Machine):
			return nil
		case c == nil || b.Command.Started.After(c.Started):
			c = b.Command
		}
	}
	return c
}
