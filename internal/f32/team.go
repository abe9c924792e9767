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
	n     int
	start []chan struct{}
	wait  sync.WaitGroup
	job   Job
	count int
	next  atomic.Int64
	once  sync.Once
	stop  <-chan struct{}

	cpus []int       // the threads stay on them; nil: on any
	lead chan func() // what the first worker is to do, where it is not the caller

	heard func(pieces int) // is told of each job, in tests
}

// NewTeam starts a team of n workers; n < 1 means GOMAXPROCS.
func NewTeam(n int) *Team { return NewTeamOn(n, nil) }

// NewTeamOn is NewTeam with threads that stay on some processors, where the system can keep them there: of a machine
// whose parts have memory of their own, those of one part. The caller of Run must then be in Lead.
func NewTeamOn(n int, cpus []int) *Team {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	t := &team{n: n, start: make([]chan struct{}, n), cpus: cpus}
	for w := 1; w < n; w++ {
		t.start[w] = make(chan struct{}, 1)
		go t.work(w)
	}
	if cpus != nil {
		t.lead = make(chan func())
		go t.follow()
	}
	outer := &Team{t}
	runtime.AddCleanup(outer, (*team).close, t)
	return outer
}

// Size is the number of workers.
func (t *team) Size() int { return t.n }

// Close ends the workers. The team must be idle.
func (t *Team) Close() { t.close() }

func (t *team) close() {
	t.once.Do(func() {
		for _, c := range t.start[1:] {
			close(c)
		}
		if t.lead != nil {
			close(t.lead)
		}
	})
}

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
	helpers := min(t.n, n) - 1
	t.wait.Add(helpers)
	for w := 1; w <= helpers; w++ {
		t.start[w] <- struct{}{}
	}
	t.share(0)
	t.wait.Wait()
	t.job = nil
}

func (t *team) work(w int) {
	t.stay()
	for range t.start[w] {
		t.share(w)
		t.wait.Done()
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
