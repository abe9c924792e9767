package extraction

import (
	"runtime"
	"sync"
	"time"

	"fc7/outputs"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/planned"
)

// pulse lets a task say that it lives, while it does. A disk that does not take that is no reason to stop.
type pulse struct {
	heart *planned.Heart
	stop  chan struct{}
	ended sync.WaitGroup

	mu        sync.Mutex
	last      conveyor.Progress
	computing func() time.Duration // of the plan's net alone; nil: nothing was computed yet
}

// newPulse starts the heart of a share of a plan, which events tell how far it is.
func newPulse(j Job, p *planned.Plan, ev *conveyor.Events) *pulse {
	first, end := j.Part.Shards(p.Files)
	from, to := p.Span(first, end)
	cores := j.Threads
	if cores < 1 {
		cores = runtime.GOMAXPROCS(0)
	}
	u := &pulse{stop: make(chan struct{})}
	var err error
	if u.heart, err = p.Heart(planned.Beat{Task: j.Part.Index - 1, First: first, End: end, Cores: cores, Rows: to - from, Command: j.Command}); err != nil {
		ev.TellNote("fc7 status will not know of this task: " + err.Error())
		u.heart = nil
		return u
	}
	tell := ev.Progress
	ev.Progress = func(p conveyor.Progress) {
		u.mu.Lock()
		u.last = p
		u.mu.Unlock()
		if tell != nil {
			tell(p)
		}
	}
	u.ended.Go(u.beat)
	return u
}

// ofNet lets the heart tell what one net takes of what several that share a pass compute.
func (u *pulse) ofNet(computing func() time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.computing = computing
}

// beat says so from time to time.
func (u *pulse) beat() {
	t := time.NewTicker(planned.BeatEvery)
	defer t.Stop()
	for {
		select {
		case <-u.stop:
			return
		case <-t.C:
			u.say(planned.Running)
		}
	}
}

// say writes how far the task is.
func (u *pulse) say(state string) {
	u.mu.Lock()
	p, computing := u.last, u.computing
	u.mu.Unlock()
	t := p.Times
	if computing != nil {
		t.Computing = computing()
	}
	_ = u.heart.Beat(state, planned.Far{Done: p.Done, Computed: p.Done - p.Earlier, Failed: p.Failed, Batches: p.Batches.Batches, Timings: outputs.Timings{
		Reading: t.Reading.Seconds(), Waiting: t.Waiting.Seconds(), Computing: t.Computing.Seconds(), Writing: t.Writing.Seconds(), Together: p.Batches.Mean(),
	}})
}

// end says how the task ended.
func (u *pulse) end(err error) {
	close(u.stop)
	u.ended.Wait()
	switch {
	case u.heart == nil:
	case err == nil:
		u.say(planned.Ended)
	default:
		u.say(planned.Stopped)
	}
}
