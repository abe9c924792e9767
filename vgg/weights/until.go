package weights

import (
	"context"
	"io"
)

// Until is the tensor with an end: once the context is cancelled, reading it fails with the context's error.
func (t *Tensor) Until(ctx context.Context) *Tensor {
	u := *t
	u.data = untilReader{ctx, t.data}
	return &u
}

// untilReader reads in pieces, so that a tensor of hundreds of megabytes ends with the context, too.
type untilReader struct {
	ctx context.Context
	r   io.ReaderAt
}

func (u untilReader) ReadAt(p []byte, off int64) (n int, err error) {
	const piece = 1 << 22
	for n < len(p) {
		if err := u.ctx.Err(); err != nil {
			return n, err
		}
		k, err := u.r.ReadAt(p[n:min(len(p), n+piece)], off+int64(n))
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}
