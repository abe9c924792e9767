package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// writer is a backend that can be written to. An object appears whole or not at all.
type writer interface {
	backend
	// put stores an object; absent: unless there is one, which is a Fault that it has changed.
	put(ctx context.Context, key string, c *Content, absent bool) (Object, error)
	remove(ctx context.Context, key string) error
}

// unlessThere is the condition that there is no such object (RFC 9110, section 13.1.2).
var unlessThere = [][2]string{{"If-None-Match", "*"}}

// CanPut tells whether objects can be put where an address is.
func CanPut(at string) bool {
	a, err := parse(at)
	return err == nil && (a.scheme == "s3" || a.scheme == "gs" || a.scheme == "azblob")
}

// maxPut is how large an object may be that S3 and Azure take in one request.
const maxPut = 5_000_000_000

// Put stores an object of at most 5 GB. Unless replace, one that is there is left: it is an error that wraps
// fs.ErrExist, but none where its bytes are the same, as they are where an answer was lost and the request was made
// again.
func Put(ctx context.Context, at string, c *Content, replace bool) (o Object, err error) {
	b, p, a, err := backendOf(at)
	if err != nil {
		return o, err
	}
	w, ok := b.(writer)
	if !ok {
		return o, &Fault{of: Shown(at), err: errors.New("objects are put on s3://, gs:// and azblob:// alone")}
	}
	if c.Size > maxPut {
		return o, &Fault{of: Shown(at), err: fmt.Errorf("want at most %d bytes, found %d", int64(maxPut), c.Size)}
	}
	err = p.again(ctx, func() (err error) {
		o, err = w.put(ctx, a.key, c, !replace)
		return err
	})
	var f *Fault
	if errors.As(err, &f) && f.kind == changed && !replace {
		f.kind = there
		var same bool
		if o, same, err = holds(ctx, at, c); err == nil && !same {
			err = f
		}
	}
	return o, named(err, Shown(at))
}

// holds tells whether the object that is there has these bytes.
func holds(ctx context.Context, at string, c *Content) (o Object, same bool, err error) {
	r, err := Open(ctx, at)
	if err != nil {
		return o, false, err
	}
	defer r.Close()
	if o = r.Object(); o.Size >= 0 && o.Size != c.Size {
		return o, false, nil
	}
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	if err != nil {
		return o, false, fmt.Errorf("comparing with what is there already: %w", err)
	}
	return o, n == c.Size && bytes.Equal(sum.Sum(nil), c.SHA256[:]), nil
}
