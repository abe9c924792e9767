package train

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"
)

// engine is a net in one precision: parameters, solver and graphs.
type engine[T number] struct {
	layers  []layer
	params  []*param[T]
	o       Options
	shape   tensor.Shape // of a batch
	classes int
	solver  *solver[T]
	trainer *graph[T]
	scorer  *graph[T] // without dropout and gradients; made when first wanted
	steps   int       // done
}

func newEngine[T number](layers []layer, o Options, image tensor.Shape) (*engine[T], error) {
	params, err := newParams[T](layers, o)
	if err != nil {
		return nil, err
	}
	e := &engine[T]{
		layers: layers, params: params, o: o, solver: newSolver(params, o),
		shape: append(tensor.Shape{o.Batch}, image...), classes: layers[len(layers)-1].Out,
	}
	e.trainer, err = newGraph(layers, params, e.shape, o, true)
	return e, err
}

// item is how many numbers one image has.
func (e *engine[T]) item() int { return e.shape.TotalSize() / e.shape[0] }

// images counts the images of x.
func (e *engine[T]) images(x []T) (int, error) {
	if len(x) == 0 || len(x)%e.item() != 0 {
		return 0, fmt.Errorf("train: %d values, expected a whole number of inputs of %v = %d values, at least one", len(x), e.shape[1:], e.item())
	}
	return len(x) / e.item(), nil
}

// forward computes the scores [N, classes] of N images, without dropout.
func (e *engine[T]) forward(x []T) ([]T, error) {
	n, err := e.images(x)
	if err != nil {
		return nil, err
	}
	if e.scorer == nil {
		if e.scorer, err = newGraph(e.layers, e.params, e.shape, e.o, false); err != nil {
			return nil, err
		}
	}
	scores := make([]T, 0, n*e.classes)
	for first := 0; first < n; first += e.o.Batch {
		part := min(e.o.Batch, n-first)
		fill(e.scorer.x, x[first*e.item():(first+part)*e.item()])
		if err := e.scorer.run(); err != nil {
			return nil, err
		}
		s, err := read[T](e.scorer.scores)
		if err != nil {
			return nil, err
		}
		scores = append(scores, s[:part*e.classes]...)
	}
	return scores, nil
}

// fill copies src to dst and clears what is left.
func fill[T number](dst, src []T) { clear(dst[copy(dst, src):]) }

// gradient computes the loss for targets [N, classes] and adds its gradients to those of the parameters.
func (e *engine[T]) gradient(x, targets []T) (float64, error) {
	n, err := e.images(x)
	if err != nil {
		return 0, err
	}
	var loss float64
	for first, chunk := 0, 0; first < n; first, chunk = first+e.o.Batch, chunk+1 {
		part := min(e.o.Batch, n-first)
		fill(e.trainer.x, x[first*e.item():(first+part)*e.item()])
		fill(e.trainer.targets, targets[first*e.classes:(first+part)*e.classes])
		for i, mask := range e.trainer.masks {
			drawMask(mask, e.o.Dropout, e.o.Seed, e.steps, chunk, i)
		}
		l, err := e.chunk()
		if err != nil {
			return 0, err
		}
		loss += l
	}
	return loss, nil
}

// chunk runs the trainer and adds up what it found.
func (e *engine[T]) chunk() (float64, error) {
	if err := e.trainer.run(); err != nil {
		return 0, err
	}
	loss, err := read[T](e.trainer.loss)
	if err != nil {
		return 0, err
	}
	if !finite(float64(loss[0])) {
		return 0, fmt.Errorf("the loss is %v: %w", loss[0], e.blame())
	}
	for _, p := range e.solver.params {
		grad, err := read[T](e.trainer.grads[p])
		if err != nil {
			return 0, err
		}
		if i := firstBad(grad); i >= 0 {
			return 0, fmt.Errorf("the gradient of %s (%s) is %v at place %d; a lower rate may help", p.name, p.layer, grad[i], i)
		}
		for i, d := range grad {
			p.grad[i] += d
		}
	}
	return float64(loss[0]), nil
}

// blame says where a loss that is not finite comes from: the first place in the order of computation, after the last run.
func (e *engine[T]) blame() error {
	if i := firstBad(e.trainer.x); i >= 0 {
		return fmt.Errorf("the input has %v in image %d of its part of the batch", e.trainer.x[i], i/e.item())
	}
	for l, n := range e.trainer.maps {
		for _, p := range e.params {
			if i := firstBad(p.data); p.layer == e.layers[l].Name && i >= 0 {
				return fmt.Errorf("parameter %s of layer %s is %v at place %d", p.name, p.layer, p.data[i], i)
			}
		}
		m, err := read[T](n)
		if err != nil {
			return err
		}
		if i := firstBad(m); i >= 0 {
			return fmt.Errorf("layer %s gives %v; a lower rate may help", e.layers[l].Name, m[i])
		}
	}
	return errors.New("every layer is finite, their scores are too large; a lower rate may help")
}

// step is gradient and update; on an error no parameter has changed.
func (e *engine[T]) step(x, targets []T) (float64, error) {
	loss, err := e.gradient(x, targets)
	if err == nil {
		err = e.solver.step()
	}
	if err != nil {
		for _, p := range e.solver.params {
			clear(p.grad)
		}
		return 0, fmt.Errorf("train: step %d: %w", e.steps+1, err)
	}
	e.steps++
	return loss, nil
}
