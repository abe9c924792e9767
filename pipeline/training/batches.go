package training

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/sourcegraph/conc/pool"

	"fc7/pipeline/conveyor"
)

// batch is the input of a step.
type batch[T any] struct {
	at     int   // place in the epoch, in images
	items  []int // those that could be read
	x      []T   // their inputs, one after the other
	failed []failure
	stop   error // what is wrong with the machine, and ends the training
}

// failure is an image that could not be read.
type failure struct {
	item int
	err  error
}

// reader makes the batches of one pass over items, ahead of the net by one batch.
type reader[T any] struct {
	workers int // images at once
	width   int // numbers of an input
	make    func(ctx context.Context, dst []T, item int) error
}

// order is the order of the training images in an epoch.
func order(items []int, seed uint64, stage, epoch int) []int {
	o := append([]int(nil), items...)
	r := rand.New(rand.NewPCG(seed, uint64(stage)<<32|uint64(epoch)))
	r.Shuffle(len(o), func(a, b int) { o[a], o[b] = o[b], o[a] })
	return o
}

// random is the generator of one image in one epoch.
func random(seed uint64, stage, epoch, item int) *rand.Rand {
	return rand.New(rand.NewPCG(seed^0x9e3779b97f4a7c15, uint64(stage)<<56|uint64(epoch)<<32|uint64(item)))
}

// each reads items from place from on in batches of size and gives them to use, one after the other, with the time that
// use had to wait for it. What is wrong with the machine ends it (*conveyor.MachineError).
func (r *reader[T]) each(ctx context.Context, items []int, from, size int, use func(batch[T], time.Duration) error) error {
	ctx, cancel := context.WithCancel(ctx)
	ready := make(chan batch[T])
	defer func() {
		cancel()
		for range ready { // until the reading has ended
		}
	}()
	free := make(chan []T, 2)
	for range cap(free) {
		free <- nil
	}
	go func() {
		defer close(ready)
		for at := from; at < len(items); at += size {
			select {
			case x := <-free:
				b := r.read(ctx, items[at:min(len(items), at+size)], x)
				b.at = at
				select {
				case ready <- b:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	began := time.Now()
	for b := range ready {
		if ctx.Err() != nil {
			break
		}
		if b.stop != nil {
			return b.stop
		}
		waited := time.Since(began)
		if err := use(b, waited); err != nil {
			return err
		}
		free <- b.x[:0]
		began = time.Now()
	}
	return ctx.Err()
}

// read makes a batch in the memory x.
func (r *reader[T]) read(ctx context.Context, items []int, x []T) batch[T] {
	one := r.width
	if cap(x) < len(items)*one {
		x = make([]T, len(items)*one)
	}
	x = x[:len(items)*one]
	errs := make([]error, len(items))
	p := pool.New().WithMaxGoroutines(r.workers)
	for k, i := range items {
		p.Go(func() {
			if ctx.Err() == nil {
				errs[k] = r.make(ctx, x[k*one:(k+1)*one], i)
			}
		})
	}
	p.Wait()
	b := batch[T]{}
	for k, i := range items {
		if m := new(conveyor.MachineError); errors.As(errs[k], &m) {
			b.stop = m
		}
		if errs[k] != nil {
			b.failed = append(b.failed, failure{i, errs[k]})
			continue
		}
		if n := len(b.items); n != k {
			copy(x[n*one:(n+1)*one], x[k*one:(k+1)*one])
		}
		b.items = append(b.items, i)
	}
	b.x = x[:len(b.items)*one]
	return b
}
