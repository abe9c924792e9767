package extraction

import (
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"fc7/extract"
	"fc7/internal/machine"
	"fc7/internal/teams"
	"fc7/pipeline/backbone"
	"fc7/pipeline/conveyor"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// TestChosenTeams: few cores, and little memory, are one team; many cores are several, whose memory, by what each is
// told to take, keeps in its bound.
func TestChosenTeams(t *testing.T) {
	c, err := vgg.Lookup("vgg16")
	if err != nil {
		t.Fatal(err)
	}
	one := extract.Options{Scales: []int{256}, Views: extract.ViewsCentre}
	for _, job := range []struct {
		cores       int
		memory      int64
		nets        []vgg.Config
		o           extract.Options
		least, most int
	}{
		{2, 0, []vgg.Config{c}, one, 1, 1},
		{15, 0, []vgg.Config{c}, one, 1, 1},
		{64, 0, []vgg.Config{c}, one, 8, 64},
		{128, 0, []vgg.Config{c}, extract.Options{}, 8, 128},
		{64, 1 << 30, []vgg.Config{c}, one, 1, 3},
		{64, 1 << 20, []vgg.Config{c}, one, 1, 1},
		{64, 4 << 30, []vgg.Config{c, c}, extract.Options{}, 1, 4},
		{64, 16 << 30, []vgg.Config{c}, extract.Options{}, 8, 40},
	} {
		chosen, err := chosenTeams(job.cores, job.memory, 0, nil, job.nets, job.o)
		n := chosen.Teams
		if err != nil || n < job.least || n > job.most {
			t.Errorf("%d cores, %d bytes, %d nets: %d teams, %v, want %d to %d", job.cores, job.memory, len(job.nets), n, err, job.least, job.most)
		}
		if n == 1 || job.memory == 0 {
			continue
		}
		if a := c.Memory(job.cores/n, vgg.Pass{Views: 16, H: 224, W: 224, Last: "fc7"}); int64(n)*a > job.memory {
			t.Errorf("%d teams of %d bytes are more than %d", n, a, job.memory)
		}
	}
	if _, err := chosenTeams(64, 0, 0, nil, []vgg.Config{c}, extract.Options{Layers: []string{"fc9"}}); err == nil {
		t.Error("a layer that there is not was planned for")
	}
}

// TestShareNodes: nodes get threads by their processors, and each one at least.
func TestShareNodes(t *testing.T) {
	nodes := func(sizes ...int) (out []machine.Node) {
		for _, n := range sizes {
			out = append(out, machine.Node{CPUs: make([]int, n)})
		}
		return out
	}
	for _, c := range []struct {
		threads int
		nodes   []machine.Node
		want    []int
	}{
		{64, nodes(32, 32), []int{32, 32}},
		{20, nodes(32, 32), []int{10, 10}},
		{21, nodes(32, 32), []int{10, 11}},
		{16, nodes(24, 8), []int{12, 4}},
		{16, nodes(63, 1), []int{15, 1}},
		{16, nodes(1, 63), []int{1, 15}},
		{8, nodes(1, 1, 1, 1, 1, 1, 1, 57), []int{1, 1, 1, 1, 1, 1, 1, 1}},
		{128, nodes(16, 16, 16, 16, 16, 16, 16, 16), []int{16, 16, 16, 16, 16, 16, 16, 16}},
		{200, nodes(32, 32), []int{100, 100}},
	} {
		if got := threadsOf(c.threads, c.nodes); !slices.Equal(got, c.want) {
			t.Errorf("%d threads: %v, want %v", c.threads, got, c.want)
		}
	}
}

// TestChosenNodes: teams stay on nodes where there are several, each with weights of its own, as far as the memory has
// room for them.
func TestChosenNodes(t *testing.T) {
	c, err := vgg.Lookup("vgg16")
	if err != nil {
		t.Fatal(err)
	}
	const gib = 1 << 30
	const bytes = 550e6
	nodes := func(n, cpus int, memory int64) (out []machine.Node) {
		for range n {
			out = append(out, machine.Node{CPUs: make([]int, cpus), Memory: memory})
		}
		return out
	}
	for _, job := range []struct {
		cores  int
		memory int64
		nodes  []machine.Node
		places []teams.Place
	}{
		{64, 64 * gib, nodes(2, 32, 128*gib), []teams.Place{teams.Own}},
		{128, 64 * gib, nodes(8, 16, 32*gib), []teams.Place{teams.Own}},
		{64, gib, nodes(2, 32, 2*gib), []teams.Place{teams.Anywhere, teams.Near}},
		{64, 0, nil, []teams.Place{teams.Anywhere}},
		{8, 64 * gib, nodes(2, 4, 128*gib), []teams.Place{teams.Anywhere}},
	} {
		got, err := chosenTeams(job.cores, job.memory, bytes, job.nodes, []vgg.Config{c}, extract.Options{Scales: []int{256}, Views: extract.ViewsCentre})
		if err != nil || !slices.Contains(job.places, got.Place) || got.Place != teams.Anywhere && got.Teams%len(job.nodes) != 0 {
			t.Errorf("%d cores, %d bytes, %d nodes: %+v, %v, want %v", job.cores, job.memory, len(job.nodes), got, err, job.places)
		}
	}
	small := teamsMemory(nodes(2, 1, gib), 1)
	if small != gib/2 {
		t.Errorf("two nodes of 1 GiB have %d bytes for teams, want a quarter", small)
	}
}

// TestTeamsOnNodes: teams of several nodes, with copies of the weights and without, give the bits of one team.
func TestTeamsOnNodes(t *testing.T) {
	config, err := vgg.Lookup("vgg11/32")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := vgg.Init(t.Context(), path, config, 1, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	net, err := backbone.Load(t.Context(), backbone.Wanted{Weights: path}, "")
	if err != nil {
		t.Fatal(err)
	}
	views := [][]byte{make([]byte, 3*vgg.MinSide*vgg.MinSide)}
	for i := range views[0] {
		views[0][i] = byte(i * i >> 3)
	}
	describe := func(r *vgg.Runner) []float32 {
		maps, err := r.Forward(t.Context(), vgg.MinSide, vgg.MinSide, views, []string{"fc7"})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(maps[0].Data)
	}
	nets := []*backbone.Net{net, net}
	nodes := []machine.Node{{CPUs: []int{0}}, {CPUs: []int{runtime.NumCPU() - 1}}}
	note := ""
	ev := conveyor.Events{Note: func(s string) { note = s }}
	one, err := newTeamsOn(nil, Cores{Threads: 3, Teams: 1}, nets, extract.Options{}, ev)
	if err != nil || len(one.runners) != 1 || len(one.frees) != 0 || note != "" {
		t.Fatalf("%d teams, %d copies, note %q, %v", len(one.runners), len(one.frees), note, err)
	}
	want := describe(one.runners[0][0])
	one.close()
	for _, c := range []struct{ threads, teams, runners, copies int }{{5, 4, 4, 4}, {2, 2, 2, 4}, {3, 3, 2, 4}, {2, 1, 1, 0}} {
		all, err := newTeamsOn(nodes, Cores{Threads: c.threads, Teams: c.teams}, nets, extract.Options{}, ev)
		if err != nil || len(all.runners) != c.runners || len(all.frees) != c.copies {
			t.Fatalf("%+v: %d teams, %d copies, %v", c, len(all.runners), len(all.frees), err)
		}
		threads := 0
		for _, r := range all.runners {
			threads += r[0].Threads()
			for _, net := range r {
				if got := describe(net); !slices.Equal(got, want) {
					t.Errorf("%+v: other bits", c)
				}
			}
		}
		if threads != c.threads {
			t.Errorf("%+v: teams of %d threads", c, threads)
		}
		all.close()
	}
	for images, want := range map[int]int{63: 1, 64: 8, 0: 8} { // a small net, whose layers 64 cores share out badly
		all, err := newTeamsOn(nil, Cores{Threads: 64, Images: images}, nets, extract.Options{Scales: []int{256}, Views: extract.ViewsCentre}, ev)
		if err != nil || len(all.runners) < want || want == 1 && len(all.runners) != 1 {
			t.Errorf("%d images: %d teams, %v, want at least %d", images, len(all.runners), err, want)
		}
		all.close()
	}
	var near netTeams
	near.addNode([]int{2, 1}, nodes[0].CPUs, nets, false)
	if len(near.runners) != 2 || len(near.frees) != 0 || !slices.Equal(describe(near.runners[1][1]), want) {
		t.Error("without copies: other bits")
	}
	near.close()
	if want := "5 threads work as 4 teams, each on images of its own, and stay on 2 nodes of memory, each with a copy of the weights, 0 MB"; toldTeams(teams.Choice{Teams: 4, Place: teams.Own}, 5, 2, 10) != want {
		t.Error(toldTeams(teams.Choice{Teams: 4, Place: teams.Own}, 5, 2, 10))
	}
}
