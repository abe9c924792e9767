package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"fc7/extract"
	"fc7/internal/f32"
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

// The pass whose layers are foretold, and the one that their costs are measured on, on one thread.
const (
	foretoldViews = 8
	measuredViews = 3
)

// RunTeams foretells and measures, the median of runs; a net whose fc7 was not loaded is an error.
func RunTeams(ctx context.Context, n *backbone.Net, runs int) (Teams, error) {
	b := Teams{Net: n.Config.Name, Kernels: f32.Kernels(), CoreBandwidth: readRate(1), Bandwidth: readRate(2)}
	last := n.Config.Layers()[len(n.Config.Layers())-1].Name
	if last == "fc8" {
		last = extract.DefaultLayer
	}
	pass := func(views int) vgg.Pass { return vgg.Pass{Views: views, H: vgg.MinSide, W: vgg.MinSide, Last: last} }
	costs, err := layerTimes(ctx, n.Model, 1, pass(measuredViews), runs)
	if err != nil {
		return b, err
	}
	for threads := 1; threads <= 2; threads++ {
		took, err := layerTimes(ctx, n.Model, threads, pass(foretoldViews), runs)
		if err != nil {
			return b, err
		}
		for i, l := range took {
			if threads == 1 {
				b.Layers = append(b.Layers, Foretold{Name: l.name})
			}
			b.Layers[i].Measured[threads-1] = l.seconds * 1e3 / foretoldViews
		}
		b.foretell(n.Config, costs, pass, threads)
	}
	b.plan(n.Config, last)
	return b, nil
}

// foretell fills in what a layer will take on so many threads, by what it cost on one with fewer pictures: its
// multiply-adds and its reading alike are as much slower or faster than a typical machine's.
func (b *Teams) foretell(c vgg.Config, costs []layerTime, pass func(int) vgg.Pass, threads int) {
	for i, l := range costs {
		of := func(p vgg.Pass, team int) []teams.Step {
			return slices.DeleteFunc(c.Steps(team, p), func(s teams.Step) bool { return s.Layer != l.name })
		}
		steps := of(pass(measuredViews), 1)
		if len(steps) == 0 {
			continue // nothing that is counted
		}
		m := teams.Typical(2)
		m.CoreBandwidth, m.Bandwidth = b.CoreBandwidth, b.Bandwidth
		slower := l.seconds / m.Estimate(steps, 1, teams.Choice{Teams: 1})
		m.Rate, m.CoreBandwidth = m.Rate/slower, m.CoreBandwidth/slower
		b.Layers[i].Foretold[threads-1] = m.Estimate(of(pass(foretoldViews), threads), threads, teams.Choice{Teams: 1}) * 1e3 / foretoldViews
	}
}

// plan compares teams on typical machines, on batches of images of two shapes.
func (b *Teams) plan(c vgg.Config, last string) {
	for i, j := range extractJobs {
		wide, tall := stepsOf(c, last, j.o, 640, 480), stepsOf(c, last, j.o, 480, 640)
		images := plannedViews / j.o.Pictures(640, 480)[0].Count
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

// plannedViews is how many pictures of each scale are planned at once.
const plannedViews = 16

// stepsOf are those of a batch of images of w x h pixels, by the size of a team; each size is reckoned once.
func stepsOf(c vgg.Config, last string, o extract.Options, w, h int) func(team int) []teams.Step {
	known := map[int][]teams.Step{}
	o.Layers = []string{last}
	return func(team int) []teams.Step {
		if known[team] == nil {
			for _, p := range o.Pictures(w, h) {
				known[team] = append(known[team], extraction.Steps(c, o, p, plannedViews, team)...)
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

// layerTime is what a layer, with the pooling that follows it, takes of a pass.
type layerTime struct {
	name    string
	seconds float64
}

// layerTimes are the medians of runs, after one that brings memory and caches up.
func layerTimes(ctx context.Context, m *vgg.Model, threads int, p vgg.Pass, runs int) ([]layerTime, error) {
	r := vgg.NewRunner(m, threads)
	defer r.Close()
	random := rand.New(rand.NewPCG(1, 1))
	views := make([][]byte, p.Views)
	for i := range views {
		views[i] = make([]byte, 3*p.H*p.W)
		for k := range views[i] {
			views[i][k] = byte(random.Uint32())
		}
	}
	var names []string
	took := map[string][]time.Duration{}
	for run := range runs + 1 {
		now := map[string]time.Duration{}
		r.Trace = func(layers string, d time.Duration, _ int64) {
			name, _, _ := strings.Cut(layers, "+")
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			now[name] += d
		}
		if _, err := r.Forward(ctx, p.H, p.W, views, []string{p.Last}); err != nil {
			return nil, err
		}
		for name, d := range now {
			if run > 0 {
				took[name] = append(took[name], d)
			}
		}
	}
	var out []layerTime
	for _, name := range names {
		out = append(out, layerTime{name, median(took[name]).Seconds()})
	}
	return out, nil
}

// readRate is how many bytes a second so many threads read together.
func readRate(threads int) float64 {
	const floats, pieces = 64 << 20, 256
	x := f32.Make(floats)
	for i := 0; i < floats; i += 1024 { // every page has memory of its own
		x[i] = 1
	}
	t := f32.NewTeam(threads)
	defer t.Close()
	best := 0.0
	for range 5 {
		began := time.Now()
		t.Run(pieces, reading(x))
		best = max(best, 4*floats/time.Since(began).Seconds())
	}
	return best
}

// reading reads a piece of memory, by multiplying its halves.
type reading []float32

func (x reading) Do(_, i int) {
	n := len(x) / 256
	part := x[i*n : (i+1)*n]
	f32.Dot(part[:n/2], part[n/2:])
}
