package f32

import (
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// placesJob notes on which processors the threads of its pieces may run; none does two before each has done one.
type placesJob struct {
	all    sync.WaitGroup
	mu     sync.Mutex
	places [][]int
}

func (j *placesJob) Do(_, _ int) {
	j.all.Done()
	j.all.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.places = append(j.places, places())
}

// places are the processors that the calling thread may run on.
func places() (cpus []int) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) == nil {
		for c := range 1024 {
			if set.IsSet(c) {
				cpus = append(cpus, c)
			}
		}
	}
	return cpus
}

// TestTeamOn: all threads of a team stay on its processors, the one that leads too, and no other thread does; a
// processor that there is not leaves them where they are.
func TestTeamOn(t *testing.T) {
	all := places()
	last := all[len(all)-1:]
	for _, c := range []struct{ cpus, want []int }{{nil, all}, {last, last}, {[]int{1 << 14}, all}} {
		team := NewTeamOn(3, c.cpus)
		j := &placesJob{}
		j.all.Add(3)
		var lead []int
		team.Lead(func() {
			lead = places()
			team.Run(3, j)
		})
		if !slices.Equal(lead, c.want) {
			t.Errorf("%v: the first worker is on %v, want %v", c.cpus, lead, c.want)
		}
		for _, p := range j.places {
			if !slices.Equal(p, c.want) {
				t.Errorf("%v: a worker is on %v, want %v", c.cpus, p, c.want)
			}
		}
		team.Close()
		if p := places(); !slices.Equal(p, all) {
			t.Fatalf("%v: the caller is on %v, want %v", c.cpus, p, all)
		}
	}
}
