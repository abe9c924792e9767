package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// putTries is how often an object is put in parts, where others are at it.
const putTries = 3

// Put stores an object of at most 160 GB. Unless replace, one that is there is left: it is an error that wraps
// fs.ErrExist, but none where its bytes are the same, as they are where an answer was lost and the request was made
// again. A large object is sent in parts, each of which is sent again alone.
func Put(ctx context.Context, at string, c *Content, replace bool) (o Object, err error) {
	b, p, a, err := backendOf(at)
	if err != nil {
		return o, err
	}
	w, ok := b.(uploader)
	if !ok {
		return o, &Fault{of: Shown(at), err: errors.New("objects are put on s3://, gs:// and azblob:// alone")}
	}
	if most := usualParts.largest(); c.Size > most {
		return o, &Fault{of: Shown(at), err: fmt.Errorf("want at most %d bytes, found %d", most, c.Size)}
	}
	for n := 1; ; n++ {
		o, err = putOnce(ctx, w, p, a.key, c, replace)
		var f *Fault
		if !errors.As(err, &f) || !f.unsure(replace) {
			return o, named(err, Shown(at))
		}
		var same bool
		o, same, err = holds(ctx, w, at, a.key, c)
		switch {
		case err == nil && same:
			return o, nil
		case errors.Is(err, fs.ErrNotExist) && f.kind == changed && n < putTries:
			continue // what was in the way is gone
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return o, named(err, Shown(at))
		case err == nil && !replace:
			f.kind = there
		}
		return o, named(f, Shown(at))
	}
}

func putOnce(ctx context.Context, w uploader, p patience, key string, c *Content, replace bool) (o Object, err error) {
	if c.Size > usualParts.whole {
		return usualParts.putParts(ctx, w, p, key, c, !replace)
	}
	tried := false
	err = p.again(ctx, func() (err error) {
		if tried && !replace { // a server that refuses before all has come may end the connection, and its answer is lost
			if o, _, err = w.noted(ctx, key); err == nil {
				return &Fault{kind: changed, err: errors.New("an object is there")}
			}
		}
		tried = true
		o, err = w.put(ctx, key, c, !replace)
		return err
	})
	return o, err
}

// unsure tells whether the object may be there: another one came in the way, or the upload is gone, as it is when it
// was completed and the answer was lost.
func (e *Fault) unsure(replace bool) bool {
	return e.kind == changed && !replace || e.kind == absent && e.ofUpload
}

// Remove removes an object; that it is not there is no error.
func Remove(ctx context.Context, at string) error {
	b, p, a, err := backendOf(at)
	if err != nil {
		return err
	}
	w, ok := b.(writer)
	if !ok {
		return &Fault{of: Shown(at), err: errors.New("objects are removed on s3://, gs:// and azblob:// alone")}
	}
	err = p.again(ctx, func() error { return w.remove(ctx, a.key) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return named(err, Shown(at))
}

// holds tells whether the object that is there has these bytes: by the digest that it was put with, or by all of them.
func holds(ctx context.Context, w uploader, at, key string, c *Content) (o Object, same bool, err error) {
	var sum string
	err = usual.again(ctx, func() (err error) {
		o, sum, err = w.noted(ctx, key)
		return err
	})
	if err != nil || o.Size != c.Size {
		return o, false, err
	}
	if sum != "" {
		return o, sum == hex.EncodeToString(c.SHA256[:]), nil
	}
	r, err := Open(ctx, at)
	if err != nil {
		return o, false, err
	}
	defer r.Close()
	of := sha256.New()
	n, err := io.Copy(of, r)
	if err != nil {
		return o, false, fmt.Errorf("comparing with what is there already: %w", err)
	}
	return r.Object(), n == c.Size && bytes.Equal(of.Sum(nil), c.SHA256[:]), nil
}
