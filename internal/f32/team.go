package f32

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Job is work in n independent pieces.
type Job interface {
	// Do does piece i on worker w; a worker does one piece at a time.
	Do(w, i int)
}

// Team is a fixed number of workers that share out the pieces of one Job at a time. The caller of Run is one of them.
// Close ends the others; a Team that nobody holds any longer is closed by the garbage collector.
type Team struct {
	*team
}

type team struct {
	n       int
	helpers []helper // of worker 1 and on
	left    atomic.Int64
	waits   sleeper // the caller, for them
	job     Job
	count   int
	next    atomic.Int64
	once    sync.Once
	stop    <-chan struct{}
	patient bool // workers look out for a while before they sleep: not where there are more than can run

	cpus []int       // the threads stay on them; nil: on any
	lead chan func() // what the first worker is to do, where it is not the caller

	heard func(pieces int) // is told of each job, in tests
}

// helper is a worker as the caller of Run sees it.
type helper struct {
	jobs atomic.Int64 // that it was given
	sleeper
	_ [64]byte // each has a cache line of its own
}

// NewTeam starts a team of n workers; n < 1 means GOMAXPROCS.
func NewTeam(n int) *Team { return NewTeamOn(n, nil) }

// NewTeamOn is NewTeam with threads that stay on some processors, where the system can keep them there: of a machine
// whose parts have memory of their own, those of one part. The caller of Run must then be in Lead.
func NewTeamOn(n int, cpus []int) *Team {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	t := newTeam(n, cpus, n <= runtime.GOMAXPROCS(0) && !atOnce.Load())
	outer := &Team{t}
	runtime.AddCleanup(outer, (*team).close, t)
	return outer
}

func newTeam(n int, cpus []int, patient bool) *team {
	t := &team{n: n, helpers: make([]helper, n-1), waits: newSleeper(), patient: patient, cpus: cpus}
	for i := range t.helpers {
		t.helpers[i].sleeper = newSleeper()
		go t.work(i + 1)
	}
	if cpus != nil {
		t.lead = make(chan func())
		go t.follow()
	}
	return t
}

// Size is the number of workers.
func (t *team) Size() int { return t.n }

// Close ends the workers. The team must be idle.
func (t *Team) Close() { t.close() }

func (t *team) close() {
	t.once.Do(func() {
		for i := range t.helpers {
			close(t.helpers[i].called)
		}
		if t.lead != nil {
			close(t.lead)
		}
	})
}

// Led tells whether Run's caller must be in Lead.
func (t *team) Led() bool { return t.lead != nil }

// Lead calls f on the thread of the first worker, and returns when f has: the memory that f asks for is near the team's
// processors. Where the team is on any it is the caller's thread. f must not call Lead.
func (t *team) Lead(f func()) {
	if t.lead == nil {
		f()
		return
	}
	done := make(chan struct{})
	t.lead <- func() {
		defer close(done)
		f()
	}
	<-done
}

// follow is the first worker of a team that stays on some processors.
func (t *team) follow() {
	t.stay()
	for f := range t.lead {
		f()
	}
}

// stay keeps the worker's thread on the team's processors. It is not unlocked: it ends with the worker.
func (t *team) stay() {
	if t.cpus != nil {
		runtime.LockOSThread()
		stayOn(t.cpus)
	}
}

// StopOn makes Run return early, with pieces left out, from when done is closed: a piece takes milliseconds, a layer
// seconds. The caller must then drop what the job was to make. nil: never. The team must be idle.
func (t *team) StopOn(done <-chan struct{}) { t.stop = done }

func (t *team) stopped() bool {
	select {
	case <-t.stop:
		return true
	default:
		return false
	}
}

// Run does pieces 0 to n-1 of the job and returns when all are done. Not for concurrent use: a team does one job at a
// time.
func (t *team) Run(n int, j Job) {
	if n <= 0 {
		return
	}
	if t.heard != nil {
		t.heard(n)
	}
	if n == 1 || t.n == 1 {
		for i := 0; i < n && !t.stopped(); i++ {
			j.Do(0, i)
		}
		return
	}
	t.job, t.count = j, n
	t.next.Store(0)
	helpers := t.helpers[:min(t.n, n)-1]
	t.left.Store(int64(len(helpers)))
	for i := range helpers {
		helpers[i].jobs.Add(1)
		helpers[i].call()
	}
	t.share(0)
	t.waits.until(t.patient, func() bool { return t.left.Load() == 0 })
	t.job = nil
}

func (t *team) work(w int) {
	t.stay()
	h := &t.helpers[w-1]
	for done := int64(0); h.until(t.patient, func() bool { return h.jobs.Load() > done }); done++ {
		t.share(w)
		if t.left.Add(-1) == 0 {
			t.waits.call()
		}
	}
}

func (t *team) share(w int) {
	for {
		i := int(t.next.Add(1)) - 1
		if i >= t.count || t.stopped() {
			return
		}
		t.job.Do(w, i)
	}
}
