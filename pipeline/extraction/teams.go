package extraction

import (
	"fmt"
	"runtime"
	"slices"

	"fc7/extract"
	"fc7/internal/f32"
	"fc7/internal/machine"
	"fc7/internal/teams"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/vgg"
)

// netTeams are the teams that the cores are shared out to: each has a runner of every net, and takes images of its own.
// The weights are shared; threads and the memory of the maps are the team's.
type netTeams [][]*vgg.Runner // [team][net]

// newTeams divides threads, 0 for all, into n teams, 0 for what is best here for those options; of the memory there is
// one part of so many.
func newTeams(cores, n, parts int, nets []*backbone.Net, o extract.Options, ev conveyor.Events) (all netTeams, err error) {
	if cores < 1 {
		cores = runtime.GOMAXPROCS(0)
	}
	if n < 1 {
		var configs []vgg.Config
		for _, net := range nets {
			configs = append(configs, net.Config)
		}
		if n, err = chosenTeams(cores, machine.Memory()/shareOfMemory/int64(parts), configs, o); err != nil {
			return nil, err
		}
	}
	if n = min(n, cores); n > 1 {
		ev.TellNote(fmt.Sprintf("%d threads work as %d teams, each on images of its own", cores, n))
	}
	for _, size := range teams.Sizes(cores, n) {
		first := vgg.NewRunner(nets[0].Model, size)
		runners := []*vgg.Runner{first}
		for _, net := range nets[1:] {
			runners = append(runners, first.Beside(net.Model))
		}
		all = append(all, runners)
	}
	return all, nil
}

const (
	// fewestCores is the number from which several teams are thought of: two, which were measured, share out a layer
	// with next to no loss, and so do eight by the simulation.
	fewestCores = 16
	// shareOfMemory is the part of the machine's memory, a quarter, that the teams' maps may take.
	shareOfMemory = 4
	// viewsAtOnce is how many pictures a team takes at once, where it has enough of them.
	viewsAtOnce = 16
	// waiting is the memory of a team's images in the conveyor's window.
	waiting = 32 << 20
)

// chosenTeams is how many teams are best for images of the usual shape by those nets, in so much memory; 0: any.
func chosenTeams(cores int, memory int64, nets []vgg.Config, o extract.Options) (int, error) {
	if cores < fewestCores {
		return 1, nil
	}
	m := teams.Typical(cores)
	m.Memory = memory
	last := make([]string, len(nets))
	for i, c := range nets {
		var err error
		if last[i], err = c.Deepest(o.NetLayers()); err != nil {
			return 0, err
		}
	}
	passes := make([][]vgg.Pass, len(nets))
	for i := range nets {
		for _, p := range o.Pictures(640, 480) {
			passes[i] = append(passes[i], vgg.Pass{Views: viewsAtOnce, H: p.Height, W: p.Width, Last: last[i]})
		}
	}
	return m.Choose(teams.Work{
		Images: viewsAtOnce,
		Steps: func(team int) (all []teams.Step) {
			for _, c := range nets {
				for _, p := range o.Pictures(640, 480) {
					all = append(all, Steps(c, o, p, viewsAtOnce, team)...)
				}
			}
			return all
		},
		Memory: func(team int) int64 {
			sum := int64(waiting)
			for i, c := range nets {
				sum += c.Memory(team, passes[i]...)
			}
			return sum
		},
	}), nil
}

// besideNet is the name of the steps beside the net: cutting crops, and pooling.
const besideNet = "describing"

// Steps are what a team of that size does with so many pictures of a scale, at once: the layers of the net that the
// options need, all of which it must have, and the descriptors.
func Steps(c vgg.Config, o extract.Options, p extract.Pictures, views, team int) []teams.Step {
	var maps []f32.Map
	last := ""
	for _, l := range c.Layers() {
		if slices.Contains(o.NetLayers(), l.Name) {
			h, w := l.Size(p.Height, p.Width)
			maps, last = append(maps, f32.Map{N: views, H: h, W: w, C: l.Out}), l.Name
		}
	}
	all := c.Steps(team, vgg.Pass{Views: views, H: p.Height, W: p.Width, Last: last})
	for _, s := range o.Steps(p, views, maps) {
		all = append(all, teams.Step{Layer: besideNet, Step: s})
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
