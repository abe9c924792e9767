package finetune

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"fc7/vgg/train"
)

// Stats is how training went.
type Stats struct {
	Rows    int     // with labels
	Steps   int     // of the solver
	Epochs  []Epoch // in order
	Error   float64 // on the rows trained on, at the end: share of rows whose highest score is another class, or of cells on the wrong side of 0
	Elapsed time.Duration
}

// Epoch is one pass over the rows.
type Epoch struct {
	Number int     // from 1
	Rate   float64 // of its last step
	Loss   float64 // mean over the rows, each as its step found it; without the L2 penalty
}

// Train fits new layers. The same problem and options give the same layers, bit for bit, on one kind of machine.
// The last layer starts at zero, hidden ones with He's initialisation.
// A cancelled context ends it before the next step; an error, also a loss that is not finite, leaves no layers.
func Train(ctx context.Context, p Problem, o Options) (*Layers, Stats, error) {
	start := time.Now()
	o, err := o.withDefaults()
	if err != nil {
		return nil, Stats{}, err
	}
	rows, err := p.rows(o.Loss)
	if err != nil {
		return nil, Stats{}, err
	}
	r := &run{p: p, o: o, rows: rows}
	if r.scale, err = p.scale(rows); err != nil {
		return nil, Stats{}, err
	}
	if r.net, err = newNet(p, o, len(rows)); err != nil {
		return nil, Stats{}, fmt.Errorf("finetune: %w", err)
	}
	s := Stats{Rows: len(rows)}
	for e := range o.Epochs {
		epoch, err := r.epoch(ctx, e)
		if err != nil {
			return nil, Stats{}, fmt.Errorf("finetune: epoch %d of %d: %w", e+1, o.Epochs, err)
		}
		s.Epochs = append(s.Epochs, epoch)
		if o.Progress != nil {
			o.Progress(epoch)
		}
	}
	l := r.layers()
	s.Steps = r.steps
	if s.Error, err = trainingError(l, p, rows); err != nil {
		return nil, Stats{}, err
	}
	s.Elapsed = time.Since(start)
	return l, s, nil
}

// newNet makes the layers with their initial weights.
func newNet(p Problem, o Options, rows int) (*train.Net, error) {
	widths := append(o.Hidden[:len(o.Hidden):len(o.Hidden)], len(p.Y))
	net, err := train.NewHead(p.D, widths, train.Options{
		Batch: min(o.Batch, rows), Dropout: o.Dropout, Loss: o.Loss, Rate: o.Rate, Momentum: o.Momentum, Decay: o.Decay, Seed: o.Seed,
	})
	if err != nil {
		return nil, err
	}
	params := net.Params()
	last := params[len(params)-2]
	clear(last.Data)
	return net, net.SetParams([]train.Tensor{last})
}

// run is a training in progress.
type run struct {
	p     Problem
	o     Options
	rows  []int // with labels
	scale float32
	net   *train.Net
	steps int
	x     []float32 // a batch
}

// epoch visits all rows in an order that the seed and its number decide.
func (r *run) epoch(ctx context.Context, number int) (Epoch, error) {
	e := Epoch{Number: number + 1}
	order := rand.New(rand.NewPCG(r.o.Seed, uint64(number))).Perm(len(r.rows))
	total := r.o.Epochs * ((len(order) + r.o.Batch - 1) / r.o.Batch)
	for first := 0; first < len(order); first += r.o.Batch {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		e.Rate = r.o.Rate / 2 * (1 + math.Cos(math.Pi*float64(r.steps)/float64(total)))
		if err := r.net.SetRate(e.Rate); err != nil {
			return e, err
		}
		batch := order[first:min(first+r.o.Batch, len(order))]
		loss, err := r.step(batch)
		if err != nil {
			return e, err
		}
		r.steps++
		e.Loss += loss * float64(len(batch)) / float64(len(order))
	}
	return e, nil
}

// step trains on a batch of places in rows.
func (r *run) step(batch []int) (float64, error) {
	r.x = r.x[:0]
	for _, i := range batch {
		for _, v := range r.p.row(r.rows[i]) {
			r.x = append(r.x, v*r.scale)
		}
	}
	if r.o.Loss == train.Sigmoid {
		labels := make([]int8, 0, len(batch)*len(r.p.Y))
		for _, i := range batch {
			for _, y := range r.p.Y {
				labels = append(labels, y[r.rows[i]])
			}
		}
		return r.net.StepLabels(r.x, labels)
	}
	classes := make([]int, len(batch))
	for j, i := range batch {
		classes[j] = r.p.class(r.rows[i])
	}
	return r.net.Step(r.x, classes)
}

// layers takes the layers out of the net, for rows as they are.
func (r *run) layers() *Layers {
	l := &Layers{Loss: r.o.Loss}
	params := r.net.Params()
	for i := 0; i < len(params); i += 2 {
		w, b := params[i], params[i+1]
		if i == 0 {
			for j := range w.Data {
				w.Data[j] *= r.scale
			}
		}
		l.Stack = append(l.Stack, Linear{In: w.Shape[1], Out: w.Shape[0], Weight: w.Data, Bias: b.Data})
	}
	return l
}

// trainingError is Stats.Error.
func trainingError(l *Layers, p Problem, rows []int) (float64, error) {
	scores, err := l.Scores(p.X, rows)
	if err != nil {
		return 0, err
	}
	wrong, cells := 0, 0
	for i, r := range rows {
		best := 0
		for k, s := range scores {
			if s[i] > scores[best][i] {
				best = k
			}
			if y := p.Y[k][r]; l.Loss == train.Sigmoid && y != 0 {
				cells++
				if float64(y)*s[i] <= 0 {
					wrong++
				}
			}
		}
		if l.Loss == train.Softmax {
			cells++
			if p.Y[best][r] <= 0 {
				wrong++
			}
		}
	}
	return float64(wrong) / float64(cells), nil
}
