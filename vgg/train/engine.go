package train

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"fc7/internal/f32"
)

// engine is a net: parameters, solver and graphs.
type engine struct {
	layers  []layer
	params  []*param
	o       Options
	ws      *f32.Workspace
	shape   tensor.Shape // of a batch, without padding of channels
	classes int
	solver  *solver
	trainer *graph
	scorer  *graph // without dropout and gradients; made when first wanted
	steps   int    // done
	last    int    // images of the last part of the last step
}

func newEngine(layers []layer, params []*param, o Options, image tensor.Shape) (*engine, error) {
	e := &engine{
		layers: layers, params: params, o: o, ws: f32.NewWorkspace(f32.NewTeam(o.Threads)),
		shape: append(tensor.Shape{o.Batch}, image...), classes: layers[len(layers)-1].Out,
	}
	e.solver = newSolver(params, o, e.ws.Team.Size())
	var err error
	e.trainer, err = newGraph(e.ws, layers, params, e.padded(), o, true)
	return e, err
}

// padded is the shape of a batch as the graph has it: maps of layers have channels up to a multiple of f32.Lanes.
func (e *engine) padded() tensor.Shape {
	s := e.shape.Clone()
	if len(s) == 4 && e.o.After != "" {
		s[3] = f32.Pad(s[3])
	}
	return s
}

// item is how many numbers one image has.
func (e *engine) item() int { return e.shape.TotalSize() / e.shape[0] }

// fill copies inputs to those of a graph, whose padding stays zero.
func (e *engine) fill(dst, x []float32) {
	c, width := e.shape[len(e.shape)-1], e.padded()[len(e.shape)-1]
	if c == width {
		copy(dst, x)
		return
	}
	for i := range len(x) / c {
		copy(dst[i*width:], x[i*c:(i+1)*c])
	}
}

// images counts the images of x.
func (e *engine) images(x []float32) (int, error) {
	if len(x) == 0 || len(x)%e.item() != 0 {
		return 0, fmt.Errorf("train: %d values, expected a whole number of inputs of %v = %d values, at least one", len(x), e.shape[1:], e.item())
	}
	return len(x) / e.item(), nil
}

// forward computes the scores [N, classes] of N images, without dropout.
func (e *engine) forward(x []float32) ([]float32, error) {
	var scores []float32
	err := e.score(x, func(part int) error {
		s, err := read(e.scorer.scores)
		if err == nil {
			scores = append(scores, s[:part*e.classes]...)
		}
		return err
	})
	return scores, err
}

// mapsOf computes the maps of a layer, without the padding of channels.
func (e *engine) mapsOf(x []float32, name string) ([]float32, error) {
	at := slices.IndexFunc(e.layers, func(l layer) bool { return l.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("train: the net has no layer %q to compute", name)
	}
	var maps []float32
	err := e.score(x, func(part int) error {
		m, err := read(e.scorer.maps[at])
		if err != nil {
			return err
		}
		s := e.scorer.maps[at].Shape()
		c, width := e.layers[at].Out, s[len(s)-1]
		for i := 0; i < len(m)/e.o.Batch*part; i += width {
			maps = append(maps, m[i:i+c]...)
		}
		return nil
	})
	return maps, err
}

// score runs all layers for parts of a batch; after each, use reads what it wants of the graph for so many images.
func (e *engine) score(x []float32, use func(part int) error) error {
	n, err := e.images(x)
	if err != nil {
		return err
	}
	if e.scorer == nil {
		if e.scorer, err = newGraph(e.ws, e.layers, e.params, e.padded(), e.o, false); err != nil {
			return err
		}
	}
	for first := 0; first < n; first += e.o.Batch {
		part := min(e.o.Batch, n-first)
		e.fill(e.scorer.x, x[first*e.item():(first+part)*e.item()])
		if err := e.scorer.run(part, false); err != nil {
			return err
		}
		if err := use(part); err != nil {
			return err
		}
	}
	return nil
}

// gradient computes the loss for targets [N, classes], and its gradients.
func (e *engine) gradient(x, targets []float32) (float64, error) {
	n, err := e.images(x)
	if err != nil {
		return 0, err
	}
	var loss float64
	e.trainer.weight = 1 / float64(n)
	for first, chunk := 0, 0; first < n; first, chunk = first+e.o.Batch, chunk+1 {
		part := min(e.o.Batch, n-first)
		e.fill(e.trainer.x, x[first*e.item():(first+part)*e.item()])
		clear(e.trainer.targets[copy(e.trainer.targets, targets[first*e.classes:(first+part)*e.classes]):])
		for i, mask := range e.trainer.masks {
			drawMask(mask, e.o.Batch, e.o.Dropout, e.o.Seed, e.steps, first, i)
		}
		l, err := e.chunk(part, chunk > 0)
		if err != nil {
			return 0, err
		}
		loss += l
	}
	return loss, nil
}

// chunk runs the trainer on part of a batch.
func (e *engine) chunk(n int, add bool) (float64, error) {
	if err := e.trainer.run(n, add); err != nil {
		return 0, err
	}
	loss, err := read(e.trainer.loss)
	if err != nil {
		return 0, err
	}
	if !finite(float64(loss[0])) {
		return 0, e.blame(loss[0], n)
	}
	return float64(loss[0]), e.checkGradients()
}

// checkGradients looks for a value that is not finite: the squares of all values of a piece have one in their sum, or
// are too large for it.
func (e *engine) checkGradients() error {
	const piece = 1 << 16
	for _, p := range e.solver.params {
		bad := make([]bool, (len(p.grad)+piece-1)/piece)
		e.ws.Team.Run(len(bad), job(func(_, i int) {
			part := p.grad[i*piece : min(len(p.grad), (i+1)*piece)]
			bad[i] = !finite(float64(f32.Dot(part, part))) && firstBad(part) >= 0
		}))
		for _, b := range bad {
			if b {
				i := firstBad(p.grad)
				return &DivergedError{p.layer, fmt.Sprintf("the gradient of %s (%s) is %v at place %d", p.name, p.layer, p.grad[i], i)}
			}
		}
	}
	return nil
}

// DivergedError is a step that came to a number that is not finite: what the net computes has grown beyond all measure.
// The parameters are as before the step.
type DivergedError struct {
	Layer string
	What  string // is not finite
}

func (e *DivergedError) Error() string { return e.What }

// blame says where a loss that is not finite comes from: the first place in the order of computation, after a run of n
// images.
func (e *engine) blame(loss float32, n int) error {
	one := len(e.trainer.x) / e.o.Batch
	if i := firstBad(e.trainer.x[:n*one]); i >= 0 {
		return fmt.Errorf("the loss is %v: the input has %v in image %d of its part of the batch", loss, e.trainer.x[i], i/one)
	}
	for l, node := range e.trainer.maps {
		for _, p := range e.params {
			if p.layer != e.layers[l].Name {
				continue
			}
			if i := firstBad(p.data); i >= 0 {
				return &DivergedError{p.layer, fmt.Sprintf("the loss is %v: parameter %s of layer %s is %v at place %d", loss, p.name, p.layer, p.data[i], i)}
			}
		}
		m, err := read(node)
		if err != nil {
			return err
		}
		m = m[:len(m)/e.o.Batch*n]
		if i := firstBad(m); i >= 0 {
			return &DivergedError{e.layers[l].Name, fmt.Sprintf("the loss is %v: layer %s gives %v", loss, e.layers[l].Name, m[i])}
		}
	}
	layer, value, err := e.largest(n)
	if err != nil {
		return err
	}
	return &DivergedError{layer, fmt.Sprintf("the loss is %v: every layer is finite, the largest value, %.3g, is in %s", loss, value, layer)}
}

// largest finds the layer whose map of the last n images has the value farthest from 0.
func (e *engine) largest(n int) (layer string, value float64, err error) {
	for l, node := range e.trainer.maps {
		m, err := read(node)
		if err != nil {
			return "", 0, err
		}
		for _, v := range m[:len(m)/e.o.Batch*n] {
			if a := math.Abs(float64(v)); a > value {
				layer, value = e.layers[l].Name, a
			}
		}
	}
	return layer, value, nil
}

// step is gradient and update; on an error no parameter has changed.
func (e *engine) step(x, targets []float32) (float64, error) {
	loss, err := e.gradient(x, targets)
	if err == nil {
		err = e.solver.step()
	}
	if err != nil {
		return 0, fmt.Errorf("train: step %d: %w", e.steps+1, err)
	}
	e.last = min(e.o.Batch, (len(targets)/e.classes-1)%e.o.Batch+1)
	e.steps++
	return loss, nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
