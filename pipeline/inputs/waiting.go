package inputs

import (
	"context"
)

// Waiting runs f, and returns when it is done or, with the context's error, when the context ends: f, whose result is
// then dropped, ends when it may. For what cannot be interrupted, such as reading standard input, right before the
// program ends.
func Waiting[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := f()
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.v, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
