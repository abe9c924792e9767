package f32

import (
	"sync/atomic"
	"testing"
)

// stoppingJob counts its pieces and closes a channel at one of them. Later ones wait for that: else how many are done
// until it is closed is a matter of luck.
type stoppingJob struct {
	done    atomic.Int64
	closeAt int64
	stop    chan struct{}
}

func (j *stoppingJob) Do(_, _ int) {
	switch n := j.done.Add(1); {
	case n == j.closeAt:
		close(j.stop)
	case j.closeAt > 0 && n > j.closeAt:
		<-j.stop
	}
}

func TestTeamStopOn(t *testing.T) {
	for n := 1; n <= 3; n++ {
		team := NewTeam(n)
		j := &stoppingJob{closeAt: 5, stop: make(chan struct{})}
		team.StopOn(j.stop)
		team.Run(1000, j)
		if did := j.done.Load(); did < 5 || did > 5+int64(n) {
			t.Errorf("%d workers: %d pieces done, want 5 and at most one more a worker", n, did)
		}
		team.StopOn(nil)
		j = &stoppingJob{stop: make(chan struct{})}
		team.Run(1000, j)
		if did := j.done.Load(); did != 1000 {
			t.Errorf("%d workers, not stopped: %d pieces of 1000 done", n, did)
		}
		team.Close()
	}
}
