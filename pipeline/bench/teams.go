package bench

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"

	"fc7/extract"
	"fc7/internal/f32"
	"fc7/internal/machine"
	"fc7/internal/teams"
	"fc7/pipeline/backbone"
	"fc7/pipeline/extraction"
	"fc7/vgg"
)

// Teams is what is foretold of a net on many cores, and how true that is on this machine.
type Teams struct {
	Net           string      `json:"net"`
	Kernels       string      `json:"kernels"`
	CoreBandwidth float64     `json:"core_bytes_per_s"` // measured, of one thread that reads
	Bandwidth     float64     `json:"bytes_per_s"`      // of two
	Load          float64     `json:"load"`             // before; below 0: not known
	Others        float64     `json:"others"`           // processors that other programs took at most while a figure was measured
	Busy          bool        `json:"busy"`             // more than a twentieth of all: the figures are worth little
	Layers        []Foretold  `json:"layers"`
	Serial        []TeamLayer `json:"serial"` // on a typical machine of 64 cores, all of which share out each layer
	Plans         []TeamsPlan `json:"plans"`  // of typical machines
}

// Foretold are the milliseconds a picture of a layer, on one thread and on two.
type Foretold struct {
	Name     string     `json:"name"`
	Foretold [2]float64 `json:"foretold_ms"`
	Measured [2]float64 `json:"measured_ms"`
}

// Error is the greater of what is foretold, on one thread or two, as a share of what was measured.
func (f Foretold) Error() (most float64) {
	for i, m := range f.Measured {
		if e := f.Foretold[i]/m - 1; math.Abs(e) > math.Abs(most) {
			most = e
		}
	}
	return most
}

// Within is how many layers are foretold as near as that.
func (b Teams) Within(share float64) (n int) {
	for _, l := range b.Layers {
		if math.Abs(l.Error()) <= share {
			n++
		}
	}
	return n
}

// Farthest is the layer that is foretold worst.
func (b Teams) Farthest() Foretold {
	return slices.MaxFunc(b.Layers, func(x, y Foretold) int { return cmp.Compare(math.Abs(x.Error()), math.Abs(y.Error())) })
}

// TeamLayer is what of a layer the cores do not share out, by Amdahl's law.
type TeamLayer struct {
	Name   string  `json:"name"`
	Serial float64 `json:"serial_share"`
	Idle   float64 `json:"idle_share"` // of the cores' time, in this layer: its pieces are too few
	Time   float64 `json:"share_of_time"`
}

// TeamsPlan is the choice for a machine, in images a second as they are simulated.
type TeamsPlan struct {
	Job    string  `json:"job"`
	Cores  int     `json:"cores"`
	Nodes  int     `json:"nodes"` // of memory
	Teams  int     `json:"teams"`
	Copies bool    `json:"copies"` // of the weights, one a node
	Rate   float64 `json:"images_per_s"`
	Best   int     `json:"best_teams"`
	Most   float64 `json:"best_images_per_s"`
	Shared float64 `json:"one_team_images_per_s"`
}

// The pass whose layers are foretold, and the two that their costs are measured on, on one thread.
const (
	foretoldViews = 8
	fewViews      = 2
	moreViews     = 5
)

// RunTeams foretells and measures, the median of runs that other programs did not disturb, if there are any; a net
// whose fc7 was not loaded is an error.
func RunTeams(ctx context.Context, n *backbone.Net, runs int) (Teams, error) {
	b := Teams{Net: n.Config.Name, Kernels: f32.Kernels(), Load: machine.Load(), CoreBandwidth: readRate(1), Bandwidth: readRate(2)}
	m := teams.Typical(2)
	m.CoreBandwidth, m.Bandwidth = b.CoreBandwidth, b.Bandwidth
	together := f32.Peak(2) / 2 / f32.Peak(1) // what two threads leave each other of their multiply-adds
	last := n.Config.Layers()[len(n.Config.Layers())-1].Name
	if last == "fc8" {
		last = extract.DefaultLayer
	}
	pass := func(views int) vgg.Pass {
		return vgg.Pass{Views: views, H: n.Config.Side(), W: n.Config.Side(), Last: last}
	}
	took, err := b.layerTimes(ctx, n.Model, last, runs)
	if err != nil {
		return b, err
	}
	for _, l := range took {
		f := Foretold{Name: l.name, Measured: [2]float64{l.seconds[2], l.seconds[3]}}
		f.Foretold[0] = onOne(m, n.Config, pass, l.name, l.seconds[0], l.seconds[1])
		f.Foretold[1] = f.Foretold[0] * onTwo(m, n.Config, pass(foretoldViews), l.name, together)
		for k := range 2 {
			f.Foretold[k] *= 1e3 / foretoldViews
			f.Measured[k] *= 1e3 / foretoldViews
		}
		b.Layers = append(b.Layers, f)
	}
	b.Busy = b.Others > busy*float64(runtime.NumCPU())
	b.plan(n.Config, last)
	return b, nil
}

// stepsOfLayer are those of a layer in a pass on a team.
func stepsOfLayer(c vgg.Config, team int, p vgg.Pass, layer string) []teams.Step {
	return slices.DeleteFunc(c.Steps(team, p), func(s teams.Step) bool { return s.Layer != layer })
}

// onOne is what a layer takes on one thread, by what it took with few views and with more: as much more as there are
// more multiply-adds; but where most of the time goes into the weights, which are read once whatever the views, as much
// more as the views between few and more took.
func onOne(m teams.Machine, c vgg.Config, pass func(int) vgg.Pass, layer string, few, more float64) float64 {
	work, weights := 0.0, 0.0
	for _, s := range stepsOfLayer(c, 1, pass(moreViews), layer) {
		work, weights = work+float64(s.Pieces)*s.Work/m.Rate, weights+float64(s.Pieces)*s.Shared/m.CoreBandwidth
	}
	if weights > work/2 {
		return more + max(0, more-few)*(foretoldViews-moreViews)/(moreViews-fewViews) // on a busy machine few can take longer
	}
	return more * foretoldViews / moreViews
}

// onTwo is the part of a layer's time on one thread that it takes on two, each of which does so much of the
// multiply-adds that one does.
func onTwo(m teams.Machine, c vgg.Config, p vgg.Pass, layer string, together float64) float64 {
	one := m.Estimate(stepsOfLayer(c, 1, p, layer), 1, teams.Choice{Teams: 1})
	if one == 0 {
		return 1 // nothing that is counted
	}
	m.Rate *= together
	return m.Estimate(stepsOfLayer(c, 2, p, layer), 2, teams.Choice{Teams: 1}) / one
}

// plan compares teams on typical machines, on batches of images of two shapes.
func (b *Teams) plan(c vgg.Config, last string) {
	for i, j := range extractJobs {
		wide, tall := stepsOf(c, last, j.o, 640, 480), stepsOf(c, last, j.o, 480, 640)
		images := teams.Batch / j.o.Pictures(640, 480)[0].Count
		for _, m := range servers {
			chosen := m.Choose(teams.Work{Images: 1, Steps: wide})
			p := TeamsPlan{Job: j.name, Cores: m.Cores, Nodes: max(1, m.Nodes), Teams: chosen.Teams, Copies: chosen.Place == teams.Own}
			for _, c := range m.Choices() {
				var batches []func(int) []teams.Step
				for i := range 2 * c.Teams {
					batches = append(batches, []func(int) []teams.Step{wide, tall, wide}[i%3])
				}
				p.take(c, c == chosen, float64(len(batches)*images)/m.Simulate(m.Split(c), c.Place, batches))
			}
			b.Plans = append(b.Plans, p)
			if i == 0 && m.Cores == 64 && m.Nodes == 0 {
				idle := m.Idle(wide(m.Cores), m.Cores)
				for i, s := range m.Serials(wide, m.Cores) {
					b.Serial = append(b.Serial, TeamLayer{s.Layer, s.Share, idle[i].Share, s.Time})
				}
			}
		}
	}
}

// servers are the machines that are planned for: of one node of memory, and of several.
var servers = []teams.Machine{
	teams.Typical(8), teams.Typical(16), teams.Typical(64), teams.Typical(128),
	teams.Typical(64).On(2), teams.Typical(128).On(2), teams.Typical(128).On(8),
}

// stepsOf are those of a batch of images of w x h pixels, by the size of a team; each size is reckoned once.
func stepsOf(c vgg.Config, last string, o extract.Options, w, h int) func(team int) []teams.Step {
	known := map[int][]teams.Step{}
	o.Layers = []string{last}
	return func(team int) []teams.Step {
		if known[team] == nil {
			for _, p := range o.Pictures(w, h) {
				known[team] = append(known[team], extraction.Steps(c, o, p, teams.Batch, team)...)
			}
		}
		return known[team]
	}
}

// take notes what a choice would do.
func (p *TeamsPlan) take(c teams.Choice, chosen bool, rate float64) {
	if rate > p.Most {
		p.Best, p.Most = c.Teams, rate
	}
	if chosen {
		p.Rate = rate
	}
	if c.Teams == 1 {
		p.Shared = rate
	}
}
