package main

import (
	"math"
	"time"
)

// Parts are what was measured of one machine, of which a cluster is then reckoned.
type Parts struct {
	Machine    string  `json:"machine"`
	Net        string  `json:"net"`
	Job        string  `json:"job"`            // of fc7 bench extract, whose rate it is
	Rate       float64 `json:"images_per_s"`   // of a node
	Start      float64 `json:"start_s"`        // of a task, beside its images: the weights are read, the share's index too
	Plan       float64 `json:"plan_s_million"` // of 10^6 images
	Merge      float64 `json:"merge_s_10000"`  // of 10^4 files
	Status     float64 `json:"status_s_10000"`
	ImageBytes float64 `json:"image_bytes"` // on average
	RowBytes   float64 `json:"row_bytes"`
	Weights    float64 `json:"weights_bytes"`
}

// Cluster is what is taken for granted of it.
type Cluster struct {
	Items     int
	Bandwidth float64 // bytes a second that all nodes together get of the store that holds images, weights and table
}

// What fc7 plan chooses where nothing is said: a thousandth of the rows a file, at least 64, and no more than fit into
// 512 MB.
const (
	filesOfTable = 1000
	leastRows    = 64
	mostBytes    = 512 << 20
)

// rows are those of a file.
func (p Parts) rows(items int) int {
	n := max(leastRows, (items+filesOfTable-1)/filesOfTable)
	return max(1, min(n, int(mostBytes/p.RowBytes)))
}

// Point is a job on so many nodes.
type Point struct {
	Nodes, Files       int
	Rate               float64 // images a second, of all nodes while all work
	Plan, Start, Merge time.Duration
	Work               time.Duration // of the node that has most
	Total              time.Duration
	Gain               float64 // how many times as fast as one node
}

// At reckons a job: the plan on one machine, then all nodes at once, each with a range of whole files, then the merge.
// Nodes share the bandwidth, in which all of them begin by reading the weights.
func (p Parts) At(c Cluster, nodes int) Point {
	one := p.at(c, 1)
	x := p.at(c, nodes)
	x.Gain = one.Total.Seconds() / x.Total.Seconds()
	return x
}

func (p Parts) at(c Cluster, nodes int) Point {
	rows := p.rows(c.Items)
	files := (c.Items + rows - 1) / rows
	share := (files + nodes - 1) / nodes
	node := min(p.Rate, c.Bandwidth/float64(nodes)/(p.ImageBytes+p.RowBytes))
	x := Point{
		Nodes: nodes, Files: files, Rate: node * float64(min(nodes, files)),
		Plan:  seconds(p.Plan * float64(c.Items) / 1e6),
		Start: seconds(max(p.Start, float64(nodes)*p.Weights/c.Bandwidth)),
		Work:  seconds(float64(min(share*rows, c.Items)) / node),
		Merge: seconds(p.Merge * float64(files) / 1e4),
	}
	x.Total = x.Plan + x.Start + x.Work + x.Merge
	return x
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Limit is an assumption, and the number of nodes from which on it costs a tenth of the work's time.
type Limit struct {
	What  string
	Nodes int
}

// Limits are those of the model, each looked at alone. The work's time is that of nodes that wait for nothing.
func (p Parts) Limits(c Cluster) []Limit {
	work := func(n float64) float64 { return float64(c.Items) / p.Rate / n }
	rows := p.rows(c.Items)
	files := float64((c.Items + rows - 1) / rows)
	first := func(what string, costs func(n float64) float64) Limit {
		for n := 1.0; n < 1e6; n++ {
			if costs(n) >= 0.1*work(n) {
				return Limit{what, int(n)}
			}
		}
		return Limit{what, math.MaxInt}
	}
	return []Limit{
		first("a file of the table is one node's: some have one file more than others", func(n float64) float64 {
			return math.Ceil(files/n)*float64(rows)/p.Rate - work(n)
		}),
		first("all nodes read the weights at once, when they start", func(n float64) float64 { return max(p.Start, n*p.Weights/c.Bandwidth) }),
		first("the plan is made on one machine, before", func(float64) float64 { return p.Plan * float64(c.Items) / 1e6 }),
		first("so is the merge, afterwards", func(float64) float64 { return p.Merge * files / 1e4 }),
		first("all nodes read images and write rows at the pace of the net", func(n float64) float64 {
			return max(0, (p.ImageBytes+p.RowBytes)*float64(c.Items)/c.Bandwidth-work(n))
		}),
	}
}
