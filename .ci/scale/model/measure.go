package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fc7/scale/scene"
)

// measured is how a machine is measured.
type measured struct {
	data   string // set of images for the rate, KIND:PATH
	net    string
	images string // of the three jobs of fc7 bench extract
	runs   int
	links  int // images of the plan that is timed
	files  int // files of the merge that is timed
}

// measure takes each part by itself.
func measure(s *scene.Scene, m measured) (p Parts) {
	weights := s.Path("weights.safetensors")
	s.Run(0, "weights", "init", "--net", m.net, "--out", weights)
	info, err := os.Stat(weights)
	s.Must(err)
	p.Net, p.Weights = m.net, float64(info.Size())
	m.rate(s, &p, weights)
	m.start(s, &p, weights)
	images := links(s, m.links)
	m.plan(s, &p, weights, images)
	m.merge(s, &p, images)
	return p
}

// rate is that of whole extractions.
func (m measured) rate(s *scene.Scene, p *Parts, weights string) {
	var b struct {
		Threads int
		Kernels string
		Jobs    []struct {
			Name string
			Rate float64 `json:"images_per_s"`
		}
	}
	text := s.Output("bench", "extract", m.data, "--weights", weights, "--images", m.images, "--runs", fmt.Sprint(m.runs), "--json")
	s.Must(json.Unmarshal([]byte(text), &b))
	last := b.Jobs[len(b.Jobs)-1] // dense, at three scales
	p.Machine, p.Job, p.Rate = fmt.Sprintf("%d threads, %s", b.Threads, b.Kernels), last.Name, last.Rate
}

// start is what a task takes that has nothing left to compute, and what its rows and images have in bytes.
func (m measured) start(s *scene.Scene, p *Parts, weights string) {
	run := s.Path("few")
	s.Run(0, "plan", m.data, "--weights", weights, "--limit", "2", "--scales", "256,384,512", "--out", run)
	s.Run(0, "extract", "--plan", run)
	p.Start = took(func() { s.Run(0, "extract", "--plan", run) })
	p.RowBytes = 3 * 4096 * 4 // fc7 at three scales, float32
	var of struct{ Items, Bytes float64 }
	text := s.Output("plan", m.data, "--weights", weights, "--out", s.Path("all"), "--json")
	s.Must(json.Unmarshal([]byte(text), &of))
	p.ImageBytes = of.Bytes / of.Items
}

// links are so many images, which are names of a few.
func links(s *scene.Scene, n int) (all []string) {
	drawn := s.Draw(s.Path("data"), 64, 64)
	dir := s.Path("links")
	for i := range n {
		path := filepath.Join(dir, fmt.Sprintf("%03d", i/1000), fmt.Sprintf("%06d.jpg", i))
		if i%1000 == 0 {
			s.Must(os.MkdirAll(filepath.Dir(path), 0o755))
		}
		s.Must(os.Link(drawn[i%len(drawn)], path))
		all = append(all, path)
	}
	return all
}

// list writes a list of images.
func list(s *scene.Scene, name string, images []string) string {
	path := s.Path(name)
	s.Must(os.WriteFile(path, []byte(strings.Join(images, "\n")+"\n"), 0o644))
	return "list:" + path
}

// plan is the time of one, without that of one image.
func (m measured) plan(s *scene.Scene, p *Parts, weights string, images []string) {
	plan := func(n int) float64 {
		of, out := list(s, fmt.Sprintf("l%d.txt", n), images[:n]), s.Path(fmt.Sprintf("plan%d", n))
		return took(func() { s.Run(0, "plan", of, "--weights", weights, "--out", out) })
	}
	one := plan(1)
	p.Plan = (plan(len(images)) - one) * 1e6 / float64(len(images))
}

// merge is the time of one, and of a status, of files that have a row each.
func (m measured) merge(s *scene.Scene, p *Parts, images []string) {
	run := s.Path("merged")
	s.Run(0, "plan", list(s, "files.txt", images[:m.files]), "--scales", "32", "--layer", "pool1", "--shard-rows", "1", "--out", run)
	s.Run(0, "extract", "--plan", run)
	p.Status = took(func() { s.Run(0, "status", run) }) * 1e4 / float64(m.files)
	p.Merge = took(func() { s.Run(0, "merge", run) }) * 1e4 / float64(m.files)
}

func took(do func()) float64 {
	began := time.Now()
	do()
	return time.Since(began).Seconds()
}
