// Package waiting lets a signal end what cannot be interrupted itself: the reading of a list of millions of rows, of
// standard input, of a disk that does not answer.
package waiting

import "context"

// For runs f, and returns when it is done or, with the context's error, when the context ends: f, whose result is then
// dropped, ends when it may. It must hold nothing that the caller closes, and make nothing that is to be closed.
func For[T any](ctx context.Context, f func() (T, error)) (T, error) {
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
