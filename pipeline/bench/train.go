package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"fc7/internal/machine"
	"fc7/vgg"
	"fc7/vgg/train"
)

// Train is the time of a step of training.
type Train struct {
	Net     string  `json:"net"`
	Batch   int     `json:"batch"`
	Threads int     `json:"threads"`
	Millis  float64 `json:"ms_per_image"` // median
	Memory  uint64  `json:"peak_memory_bytes"`
}

// RunTrain times steps of a net with random weights on random images of 224x224, dropout and all, after one that warms
// up.
func RunTrain(ctx context.Context, net string, batch, threads, steps int) (Train, error) {
	c, err := vgg.Lookup(net)
	if err != nil {
		return Train{}, err
	}
	o := train.Defaults()
	o.Batch, o.Dropout, o.Threads = batch, 0.5, threads
	o.Rate = 1e-7 // noise through random weights gives losses that the paper's rate makes infinite within a few steps
	n, err := train.New(c, o)
	if err != nil {
		return Train{}, err
	}
	r := rand.New(rand.NewPCG(1, 1))
	x, y := make([]float32, batch*c.Side()*c.Side()*3), make([]int, batch)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = r.IntN(n.Classes())
	}
	var took []time.Duration
	for i := range steps + 1 {
		if err := ctx.Err(); err != nil {
			return Train{}, err
		}
		began := time.Now()
		if _, err := n.Step(x, y); err != nil {
			return Train{}, err
		}
		if i > 0 {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return Train{c.Name, batch, threads, float64(took[len(took)/2].Microseconds()) / 1000 / float64(batch), machine.PeakMemory()}, nil
}
