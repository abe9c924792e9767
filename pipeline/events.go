package pipeline

import "time"

// Events are told what happens on the way; any of them may be nil. They are called from
// one goroutine at a time and must return quickly.
type Events struct {
	Progress func(Progress)
	Warning  func(Warning)
	Note     func(string) // a sentence that the user should see
}

// Warning is an image that failed; its row says the same.
type Warning struct {
	Image, Reason string
}

// Progress is where a run stands.
type Progress struct {
	Total   int // items of the run
	Done    int // rows that stand in the table, those of earlier runs included
	Earlier int // of them, rows of finished shards that were not computed again
	Failed  int // rows of this run that failed
	Times   Times
}

// Times splits the time of a run as its slowest stage, the net, sees it.
type Times struct {
	Elapsed   time.Duration `json:"elapsed_ns"`
	Waiting   time.Duration `json:"waiting_ns"`   // for images to be read and decoded
	Computing time.Duration `json:"computing_ns"` // the forward pass and the pooling
	Writing   time.Duration `json:"writing_ns"`   // waiting for the writer
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

func (e Events) warn(image, reason string) {
	if e.Warning != nil {
		e.Warning(Warning{image, reason})
	}
}

func (e Events) note(s string) {
	if e.Note != nil {
		e.Note(s)
	}
}

func (e Events) progress(p Progress) {
	if e.Progress != nil {
		e.Progress(p)
	}
}
