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
// The weights are shared, or there is a copy of them on each node of memory; threads and the memory of the maps are the
// team's.
type netTeams struct {
	runners [][]*vgg.Runner // [team][net]
	frees   []func()        // of the copies
}

// newTeams divides threads into teams, as many as are asked for or are best here for those options.
func newTeams(cores Cores, nets []*backbone.Net, o extract.Options, ev conveyor.Events) (netTeams, error) {
	return newTeamsOn(machine.Nodes(), cores, nets, o, ev)
}

// newTeamsOn is newTeams of a machine of those nodes.
func newTeamsOn(nodes []machine.Node, of Cores, nets []*backbone.Net, o extract.Options, ev conveyor.Events) (t netTeams, err error) {
	cores := of.Threads
	if cores < 1 {
		cores = runtime.GOMAXPROCS(0)
	}
	o = o.For(nets[0].Config.Side())
	var weights int64
	var configs []vgg.Config
	for _, net := range nets {
		configs, weights = append(configs, net.Config), weights+int64(net.Bytes())
	}
	c := askedTeams(of.Teams, cores, nodes)
	switch {
	case of.Teams > 0:
	case of.Images > 0 && of.Images < cores:
		c = teams.Choice{Teams: 1} // several would each wait for images, and this one is done at once
	default:
		if c, err = chosenTeams(cores, teamsMemory(nodes, max(1, of.Parts)), weights, nodes, configs, o); err != nil {
			return t, err
		}
	}
	if c.Teams > 1 {
		ev.TellNote(toldTeams(c, cores, len(nodes), weights))
	}
	if c.Place == teams.Anywhere {
		for _, size := range teams.Sizes(cores, c.Teams) {
			t.add(size, nil, nets)
		}
		return t, nil
	}
	for i, threads := range threadsOf(cores, nodes) {
		t.addNode(teams.Sizes(threads, min(threads, c.Teams/len(nodes))), nodes[i].CPUs, nets, c.Place == teams.Own)
	}
	return t, nil
}

// askedTeams is a number of teams that was asked for: of several nodes each has some, where they are enough.
func askedTeams(n, cores int, nodes []machine.Node) teams.Choice {
	c := teams.Choice{Teams: min(n, cores)}
	if len(nodes) > 1 && c.Teams >= len(nodes) {
		c.Place = teams.Own
	}
	return c
}

// toldTeams tells how the threads are divided.
func toldTeams(c teams.Choice, cores, nodes int, weights int64) string {
	s := fmt.Sprintf("%d threads work as %d teams, each on images of its own", cores, c.Teams)
	switch c.Place {
	case teams.Near:
		s += fmt.Sprintf(", and stay on %d nodes of memory, which share the weights", nodes)
	case teams.Own:
		s += fmt.Sprintf(", and stay on %d nodes of memory, each with a copy of the weights, %.0f MB", nodes, float64(weights)/1e6)
	}
	return s
}

// threadsOf divides threads among nodes by their processors: each has one at least, where there are as many.
func threadsOf(threads int, nodes []machine.Node) []int {
	cpus := 0
	for _, n := range nodes {
		cpus += len(n.CPUs)
	}
	out := make([]int, len(nodes))
	before, given := 0, 0
	for i, n := range nodes {
		before += len(n.CPUs)
		left := len(nodes) - 1 - i
		out[i] = min(max(1, threads*before/cpus-given), threads-given-left)
		given += out[i]
	}
	return out
}

// add starts a team.
func (t *netTeams) add(size int, cpus []int, nets []*backbone.Net) {
	first := vgg.NewRunnerOn(nets[0].Model, size, cpus)
	runners := []*vgg.Runner{first}
	for _, net := range nets[1:] {
		runners = append(runners, first.Beside(net.Model))
	}
	t.runners = append(t.runners, runners)
}

// addNode starts the teams of a node. Copies are made by the first of them, whose threads are there.
func (t *netTeams) addNode(sizes, cpus []int, nets []*backbone.Net, copies bool) {
	models := make([]*vgg.Model, len(nets))
	for _, size := range sizes {
		t.add(size, cpus, nets)
		if !copies {
			continue
		}
		first := t.runners[len(t.runners)-1]
		for i, net := range nets {
			if models[i] == nil {
				var free func()
				models[i], free = first[0].Copy(net.Model)
				t.frees = append(t.frees, free)
			}
		}
		for i := range nets {
			first[i] = first[0].Beside(models[i])
		}
	}
}

const (
	// fewestCores is the number from which several teams are thought of: two, which were measured, share out a layer
	// with next to no loss, and so do eight by the simulation.
	fewestCores = 16
	// shareOfMemory is the part of the machine's memory, a quarter, that the teams' maps may take.
	shareOfMemory = 4
	// waiting is the memory of a team's images in the conveyor's window.
	waiting = 32 << 20
)

// teamsMemory is the memory that teams may take here, which is bounded by that of each node, too; 0: any.
func teamsMemory(nodes []machine.Node, parts int) int64 {
	memory := machine.Memory()
	for _, n := range nodes {
		if all := n.Memory * int64(len(nodes)); all > 0 && (memory == 0 || all < memory) {
			memory = all
		}
	}
	return memory / shareOfMemory / int64(parts)
}

// chosenTeams is how the cores of those nodes are best divided for images of the usual shape by those nets, of so many
// bytes, in so much memory; 0: any.
func chosenTeams(cores int, memory, weights int64, nodes []machine.Node, nets []vgg.Config, o extract.Options) (teams.Choice, error) {
	if cores < fewestCores {
		return teams.Choice{Teams: 1}, nil
	}
	m := teams.Typical(cores)
	m.Memory = memory
	if len(nodes) > 1 {
		m = m.On(len(nodes))
	}
	last := make([]string, len(nets))
	for i, c := range nets {
		var err error
		if last[i], err = c.Deepest(o.NetLayers()); err != nil {
			return teams.Choice{}, err
		}
	}
	passes := make([][]vgg.Pass, len(nets))
	for i, c := range nets {
		for _, p := range o.Pictures(640, 480) {
			passes[i] = append(passes[i], vgg.Pass{Views: c.Together(p.Height, p.Width, o.NetLayers()), H: p.Height, W: p.Width, Last: last[i], Also: o.NetLayers()})
		}
	}
	return m.Choose(teams.Work{
		Images: teams.Batch,
		Steps: func(team int) (all []teams.Step) {
			for _, c := range nets {
				for _, p := range o.Pictures(640, 480) {
					all = append(all, Steps(c, o, p, c.Together(p.Height, p.Width, o.NetLayers()), team)...)
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
		Weights: weights,
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
	all := c.Steps(team, vgg.Pass{Views: views, H: p.Height, W: p.Width, Last: last, Also: o.NetLayers()})
	for _, s := range o.Steps(p, views, maps) {
		all = append(all, teams.Step{Layer: besideNet, Step: s})
	}
	return all
}

// of are the runners of a net, one a team.
func (t netTeams) of(net int) (out []*vgg.Runner) {
	for _, runners := range t.runners {
		out = append(out, runners[net])
	}
	return out
}

// close ends the teams, which must be idle.
func (t netTeams) close() {
	for _, runners := range t.runners {
		runners[0].Close()
	}
	for _, free := range t.frees {
		free()
	}
}
