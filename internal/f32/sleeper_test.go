package f32

import (
	"sync/atomic"
	"testing"
	"time"
)

// TestSleeper: who waits returns when it is so, having looked out or slept, and when the channel is closed.
func TestSleeper(t *testing.T) {
	for _, patient := range []bool{false, true} {
		for _, pause := range []time.Duration{0, lookout / 3, 5 * lookout} {
			s := newSleeper()
			var so atomic.Bool
			got := make(chan bool)
			go func() { got <- s.until(patient, so.Load) }()
			time.Sleep(pause)
			so.Store(true)
			s.call()
			if !<-got {
				t.Errorf("patient %v, after %v: closed", patient, pause)
			}
		}
		s := newSleeper()
		close(s.called)
		if s.until(patient, func() bool { return false }) {
			t.Errorf("patient %v: it is so, where nothing is", patient)
		}
	}
}

// doneJob counts how often each piece is done.
type doneJob struct{ done [7]atomic.Int64 }

func (j *doneJob) Do(_, i int) { j.done[i].Add(1) }

// TestTeamManyJobs: each of many small jobs is done once, by teams that look out for them and by teams that sleep.
func TestTeamManyJobs(t *testing.T) {
	for _, patient := range []bool{false, true} {
		team := &Team{newTeam(3, nil, patient)}
		var j doneJob
		want := [7]int64{}
		for k := range 2000 {
			n := k % 8
			team.Run(n, &j)
			for i := range n {
				want[i]++
			}
			if k%500 == 0 {
				time.Sleep(3 * lookout) // all fall asleep
			}
			for i := range want {
				if got := j.done[i].Load(); got != want[i] {
					t.Fatalf("patient %v, job %d: piece %d was done %d times, want %d", patient, k, i, got, want[i])
				}
			}
		}
		team.Close()
	}
}

func TestSleepAtOnce(t *testing.T) {
	defer atOnce.Store(atOnce.Load())
	for _, hasty := range []bool{false, true} {
		atOnce.Store(false)
		if hasty {
			SleepAtOnce()
		}
		team := NewTeam(1)
		if team.patient == hasty {
			t.Errorf("called %v: patient %v", hasty, team.patient)
		}
		team.Close()
	}
}
