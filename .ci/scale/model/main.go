// Model reckons how a job scales out, of parts that are measured on one machine: images a second (fc7 bench extract),
// the start of a task, a plan, a merge. It prints the table of docs/scale.md, and what breaks first.
//
//	go -C .ci/scale run ./model -fc7 ../../bin/fc7 -data caltech101:/data/caltech-101 -parts parts.json
//	go -C .ci/scale run ./model -parts parts.json -bandwidth 10e9 -rate 12
//
// With -data it measures, which wants an idle machine, and writes the parts; else it reads them.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"fc7/scale/scene"
)

func main() {
	fc7 := flag.String("fc7", "bin/fc7", "the program")
	m := measured{}
	flag.StringVar(&m.data, "data", "", "images whose extraction is timed, KIND:PATH; none: nothing is measured")
	flag.StringVar(&m.net, "net", "vgg16", "net, whose weights are random")
	flag.StringVar(&m.images, "images", "40,16,8", "images of each job of fc7 bench extract")
	flag.IntVar(&m.runs, "runs", 1, "runs of each")
	flag.IntVar(&m.links, "links", 100_000, "images of the plan that is timed")
	flag.IntVar(&m.files, "files", 2_000, "files of the merge that is timed")
	file := flag.String("parts", "parts.json", "file of the parts")
	items := flag.Int("items", 1_000_000, "images of the job")
	bandwidth := flag.Float64("bandwidth", 1.25e9, "bytes a second that all nodes together get of the store; 1.25e9: a file server at 10 Gbit/s")
	rate := flag.Float64("rate", 0, "images a second of a node; 0: as measured")
	flag.Parse()
	status := 0
	if m.data != "" {
		status = scene.Play("model", *fc7, func(s *scene.Scene) {
			text, err := json.MarshalIndent(measure(s, m), "", "  ")
			s.Must(err)
			s.Must(os.WriteFile(*file, append(text, '\n'), 0o644))
		})
	}
	if status == 0 {
		status = tell(*file, Cluster{Items: *items, Bandwidth: *bandwidth}, *rate)
	}
	os.Exit(status)
}

// tell prints the table.
func tell(file string, c Cluster, rate float64) int {
	var p Parts
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "model:", err)
		return 1
	}
	if rate > 0 {
		p.Rate, p.Machine = rate, "as said"
	}
	fmt.Printf("%s, %s: %.2f images/s (%s); start %.1f s, plan %.1f s for 10^6 images, merge %.2f s and status %.2f s for 10^4 files; %.0f kB an image, %.1f kB a row\n\n",
		p.Net, p.Job, p.Rate, p.Machine, p.Start, p.Plan, p.Merge, p.Status, p.ImageBytes/1e3, p.RowBytes/1e3)
	fmt.Println("| nodes | images/s | plan | start | work | merge | in all | as fast as one, times |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, n := range []int{1, 8, 64, 1000} {
		x := p.At(c, n)
		fmt.Printf("| %d | %.3g | %s | %s | %s | %s | %s | %.1f |\n", n, x.Rate, short(x.Plan), short(x.Start), short(x.Work), short(x.Merge), short(x.Total), x.Gain)
	}
	limits := p.Limits(c)
	slices.SortStableFunc(limits, func(a, b Limit) int { return a.Nodes - b.Nodes })
	fmt.Println("\n| costs a tenth | of |\n| --- | --- |")
	for _, l := range limits {
		from := fmt.Sprintf("from %d nodes", l.Nodes)
		if l.Nodes == math.MaxInt {
			from = "never"
		}
		fmt.Printf("| %s | %s |\n", from, l.What)
	}
	return 0
}

// short is a time in two units.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}
