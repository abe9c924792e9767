package planned

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"fc7/internal/origin"
	"fc7/internal/place"
	"fc7/outputs"
)

// BeatEvery is how often a task says that it lives; who says nothing for three times that is taken for dead.
const BeatEvery = 30 * time.Second

// staleAfter is when a task that said nothing is taken for dead.
const staleAfter = 3 * BeatEvery

// beatsDir is the folder of the heartbeats.
const beatsDir = tmpDir + "/beats"

// The states of a task's start.
const (
	Running = "running"
	Ended   = "done"    // all its files are
	Stopped = "stopped" // it ended before
)

// Beat is what a start of a task says of itself, in RUN/tmp/beats, from time to time.
type Beat struct {
	Task     int               `json:"task"`  // from 0; -1: all of the table
	First    int               `json:"first"` // files first to end-1
	End      int               `json:"end"`
	Host     string            `json:"host"`
	Process  int               `json:"process"`
	Cores    int               `json:"cores"`
	Started  time.Time         `json:"started"`
	Beat     time.Time         `json:"beat"`
	State    string            `json:"state"`
	Rows     int               `json:"rows"`      // of the share
	Done     int               `json:"done"`      // of them, those of earlier starts included
	Computed int               `json:"computed"`  // by this start
	Failed   int               `json:"failed"`    // of those
	Seconds  float64           `json:"elapsed_s"` // since the start, by a clock that does not jump
	Timings  outputs.Timings   `json:"timings"`
	Batches  int               `json:"batches"`           // of images that went through the nets at once
	Job      map[string]string `json:"job,omitempty"`     // what the scheduler calls it
	Command  *origin.Command   `json:"command,omitempty"` // by which it was started
}

// Heart is what a start of a task beats by.
type Heart struct {
	at    place.Place
	name  string
	began time.Time
	beat  Beat
}

// schedulers are the variables by which schedulers name a job.
var schedulers = []string{"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_RESTART_COUNT", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ID"}

// Heart starts that of a task; of b it takes what does not change.
func (p *Plan) Heart(b Beat) (*Heart, error) {
	if err := p.at.MkdirAll(beatsDir); err != nil {
		return nil, fmt.Errorf("making the table's folder: %w", err)
	}
	h := &Heart{at: p.at, began: time.Now(), beat: b}
	h.beat.Host, _ = os.Hostname() // a name for people
	h.beat.Process, h.beat.Started = os.Getpid(), h.began.UTC()
	for _, name := range schedulers {
		if v := os.Getenv(name); v != "" {
			if h.beat.Job == nil {
				h.beat.Job = map[string]string{}
			}
			h.beat.Job[name] = v
		}
	}
	h.name = path.Join(beatsDir, fmt.Sprintf("%d-%s.json", max(b.Task, 0), strings.ToLower(rand.Text()[:12])))
	return h, h.Beat(Running, Far{})
}

// Far is how far a start is.
type Far struct {
	Done, Computed, Failed, Batches int // see Beat
	Timings                         outputs.Timings
}

// Beat says that the start lives, or how it ended.
func (h *Heart) Beat(state string, f Far) error {
	b := &h.beat
	b.Beat, b.Seconds, b.State = time.Now().UTC(), time.Since(h.began).Seconds(), state
	b.Done, b.Computed, b.Failed, b.Batches, b.Timings = f.Done, f.Computed, f.Failed, f.Batches, f.Timings
	return place.WriteJSON(h.at, h.name, b, true)
}

// beats are what starts said last, by the names of their files. One that is being replaced, or removed by a merge, or
// damaged, is passed over: it is nothing that a table depends on.
func (p *Plan) beats(ctx context.Context) (map[string]Beat, error) {
	names, err := p.at.List(beatsDir)
	if err != nil {
		return nil, err
	}
	found := make([]*Beat, len(names))
	err = each(ctx, len(names), func(i int) error {
		var b Beat
		if strings.HasSuffix(names[i], ".json") && place.ReadJSON(p.at, path.Join(beatsDir, names[i]), maxDone, &b) == nil {
			found[i] = &b
		}
		return nil
	})
	all := map[string]Beat{}
	for i, b := range found {
		if b != nil {
			all[names[i]] = *b
		}
	}
	return all, err
}
