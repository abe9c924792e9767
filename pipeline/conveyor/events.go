package conveyor

import (
	"context"
	"sync"
	"time"

	"fc7/outputs"
)

// Events are told what happens on the way; any of them may be nil. They are called from one goroutine at a time and
// must return quickly.
type Events struct {
	Start    func(Start)
	Progress func(Progress)
	Warning  func(Warning)
	Shard    func(ShardDone)
	Note     func(string) // a sentence that the user should see
}

// Start is what a run sets out to do.
type Start struct {
	Out      string           `json:"out"`
	DataSet  string           `json:"data_set"`
	Part     string           `json:"part,omitempty"` // "3/16"; "": all of the table
	Net      string           `json:"net"`
	Identity outputs.Identity `json:"identity"`
	Total    int              `json:"total"`   // rows of the run, or of its part
	Pending  int              `json:"pending"` // of them, rows to compute now
	Shards   int              `json:"shards"`
}

// ShardDone is a file that stands under its final name.
type ShardDone struct {
	Out  string `json:"out"` // the run's folder
	File string `json:"file"`
	Rows int    `json:"rows"`
}

// Warning is an image that failed; its row says the same.
type Warning struct {
	Image  string `json:"image"`
	Reason string `json:"reason"`
}

// Progress is where a run stands.
type Progress struct {
	Total   int     `json:"total"`   // items of the run
	Done    int     `json:"done"`    // rows that stand in the table, those of earlier runs included
	Earlier int     `json:"earlier"` // of them, rows of finished shards that were not computed again
	Failed  int     `json:"failed"`  // rows of this run that failed
	Times   Times   `json:"times"`
	Batches Batches `json:"batches,omitzero"`
}

// Batches are the images that went through the nets together.
type Batches struct {
	Batches int `json:"batches"` // of all nets
	Images  int `json:"images"`  // in them
	Largest int `json:"largest"` // images of one
}

// Times splits the time of a run as its slowest stage, the net, sees it.
type Times struct {
	Elapsed   time.Duration `json:"elapsed_ns"`
	Waiting   time.Duration `json:"waiting_ns"`   // for images to be read and decoded
	Computing time.Duration `json:"computing_ns"` // the forward pass and the pooling
	Writing   time.Duration `json:"writing_ns"`   // waiting for the writer
	Reading   time.Duration `json:"-"`            // reading and decoding, summed over workers: no part of the net's time
}

// Rate is the number of images a second in this run.
func (p Progress) Rate() float64 {
	if p.Times.Elapsed <= 0 {
		return 0
	}
	return float64(p.Done-p.Earlier) / p.Times.Elapsed.Seconds()
}

// Left is the time the rest will take at the present rate; 0 where there is none yet.
func (p Progress) Left() time.Duration {
	r := p.Rate()
	if r <= 0 {
		return 0
	}
	return time.Duration(float64(p.Total-p.Done) / r * float64(time.Second))
}

// Mean is the number of images of a batch on average; 0 where there is none.
func (b Batches) Mean() float64 { return float64(b.Images) / float64(max(b.Batches, 1)) }

// serial returns the events with calls from several goroutines kept apart.
func (e Events) serial() Events {
	mu := new(sync.Mutex)
	return Events{one(mu, e.Start), one(mu, e.Progress), one(mu, e.Warning), one(mu, e.Shard), one(mu, e.Note)}
}

func one[T any](mu *sync.Mutex, f func(T)) func(T) {
	if f == nil {
		return nil
	}
	return func(v T) {
		mu.Lock()
		defer mu.Unlock()
		f(v)
	}
}

// Until leaves out the events that come after the context ended: those of work that nobody waits for any more.
func (e Events) Until(ctx context.Context) Events {
	return Events{until(ctx, e.Start), until(ctx, e.Progress), until(ctx, e.Warning), until(ctx, e.Shard), until(ctx, e.Note)}
}

func until[T any](ctx context.Context, f func(T)) func(T) {
	if f == nil {
		return nil
	}
	return func(v T) {
		if ctx.Err() == nil {
			f(v)
		}
	}
}

func (e Events) TellStart(s Start) {
	if e.Start != nil {
		e.Start(s)
	}
}

func (e Events) TellShard(s ShardDone) {
	if e.Shard != nil {
		e.Shard(s)
	}
}

func (e Events) TellWarning(image, reason string) {
	if e.Warning != nil {
		e.Warning(Warning{image, reason})
	}
}

func (e Events) TellNote(s string) {
	if e.Note != nil {
		e.Note(s)
	}
}

func (e Events) TellProgress(p Progress) {
	if e.Progress != nil {
		e.Progress(p)
	}
}

// WarnOnce leaves out the warnings of an image after the first: those of several passes over the same images.
func (e Events) WarnOnce() Events {
	warn, seen := e.Warning, map[string]bool{}
	if warn != nil {
		e.Warning = func(w Warning) {
			if !seen[w.Image] {
				seen[w.Image] = true
				warn(w)
			}
		}
	}
	return e
}
