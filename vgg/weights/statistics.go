package weights

import (
	"context"
	"fmt"
	"math"
)

// Statistics sums up the elements of a tensor, as float32. All but NonFinite and Count leave NaNs and infinities out;
// they are 0 when nothing is left.
type Statistics struct {
	Count     int // all elements
	NonFinite int // of them NaN or infinite
	Min, Max  float32
	Mean, Std float64 // Std is the population's: divided by the number of elements
}

// Statistics reads the tensor once, in pieces of 64 Ki elements, until the context is cancelled.
func (t *Tensor) Statistics(ctx context.Context) (Statistics, error) {
	buf := floatBuffers.Get().(*[]float32)
	defer floatBuffers.Put(buf)
	view := t.InStorageOrder()
	var m moments
	for off, n := 0, t.Len(); off < n; {
		if err := ctx.Err(); err != nil {
			return Statistics{}, err
		}
		part := (*buf)[:min(len(*buf), n-off)]
		if err := view.ReadFloat32At(part, off); err != nil {
			return Statistics{}, fmt.Errorf("statistics: %w", err)
		}
		m.add(part)
		off += len(part)
	}
	return m.statistics(t.Len()), nil
}

// moments gathers count, mean and sum of squared deviations; pieces are joined by Chan, Golub and LeVeque's formula
// (1979), which keeps its accuracy when the mean is far from 0.
type moments struct {
	n         int
	min, max  float32
	mean, dev float64
}

func (m *moments) add(data []float32) {
	var sum float64
	n := 0
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range data {
		if math.Float32bits(v)&^(1<<31) >= infinityBits {
			continue
		}
		sum += float64(v)
		low, high = min(low, v), max(high, v)
		n++
	}
	if n == 0 {
		return
	}
	mean := sum / float64(n)
	var dev float64
	for _, v := range data {
		if math.Float32bits(v)&^(1<<31) < infinityBits {
			dev += (float64(v) - mean) * (float64(v) - mean)
		}
	}
	m.join(moments{n, low, high, mean, dev})
}

func (m *moments) join(o moments) {
	if m.n == 0 {
		*m = o
		return
	}
	total := float64(m.n + o.n)
	step := o.mean - m.mean
	m.mean += step * float64(o.n) / total
	m.dev += o.dev + step*step*float64(m.n)*float64(o.n)/total
	m.n += o.n
	m.min, m.max = min(m.min, o.min), max(m.max, o.max)
}

func (m *moments) statistics(count int) Statistics {
	s := Statistics{Count: count, NonFinite: count - m.n, Min: m.min, Max: m.max, Mean: m.mean}
	if m.n > 0 {
		s.Std = math.Sqrt(m.dev / float64(m.n))
	}
	return s
}
