package extraction

import (
	"runtime"

	"fc7/internal/teams"
	"fc7/pipeline/backbone"
	"fc7/vgg"
)

// netTeams are the teams that the cores are shared out to: each has a runner of every net, and takes images of its own.
// The weights are shared; threads and the memory of the maps are the team's.
type netTeams [][]*vgg.Runner // [team][net]

func newTeams(j Job, nets []*backbone.Net) (all netTeams) {
	cores, n := j.Threads, j.Teams
	if cores < 1 {
		cores = runtime.GOMAXPROCS(0)
	}
	if n < 1 {
		n = 1
	}
	for _, size := range teams.Sizes(cores, min(n, cores)) {
		first := vgg.NewRunner(nets[0].Model, size)
		runners := []*vgg.Runner{first}
		for _, net := range nets[1:] {
			runners = append(runners, first.Beside(net.Model))
		}
		all = append(all, runners)
	}
	return all
}

// of are the runners of a net, one a team.
func (t netTeams) of(net int) (out []*vgg.Runner) {
	for _, runners := range t {
		out = append(out, runners[net])
	}
	return out
}

func (t netTeams) close() {
	for _, runners := range t {
		runners[0].Close()
	}
}
