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
	"net/http"
)

// writer is a backend that can be written to. An object appears whole or not at all.
type writer interface {
	backend
	// put stores an object where a condition holds; where it does not, that is a Fault that the object has changed.
	put(ctx context.Context, key string, c *Content, over condition) (Object, error)
	remove(ctx context.Context, key string) error
}

// condition says what is to stand where an object is put; the zero value: anything, or nothing.
type condition struct {
	absent bool   // no object
	was    string // the object of this version
}

// header is the condition as a request says it (RFC 9110, sections 13.1.1 and 13.1.2).
func (c condition) header() [][2]string {
	switch {
	case c.absent:
		return [][2]string{{"If-None-Match", "*"}}
	case c.was != "":
		return [][2]string{{"If-Match", c.was}}
	}
	return nil
}

// any tells whether anything may stand there.
func (c condition) any() bool { return !c.absent && c.was == "" }

// broken tells whether an object that stands there is not what the condition says.
func (c condition) broken(by Object) bool { return c.absent || c.was != "" && by.Version != c.was }

// conflict is the fault of an answer to a request with a condition: what others put there at this moment, or what stood
// there and is gone, is another object than the condition says.
func (c condition) conflict(err error) error {
	var f *Fault
	if errors.As(err, &f) && !c.any() && (f.code == http.StatusConflict || c.was != "" && f.kind == absent && !f.ofUpload) {
		f.kind = changed
	}
	return err
}

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
func Put(ctx context.Context, at string, c *Content, replace bool) (Object, error) {
	return putOver(ctx, at, c, condition{absent: !replace})
}

// Replace is Put in the place of the object of a version; where another one stands there, or none, that is a Fault that
// it has changed (Fault.OfVersion), unless its bytes are the same. A store that says that it knows no such condition is
// asked without it: whoever wants to be sure asks [Guards].
func Replace(ctx context.Context, at string, c *Content, version string) (Object, error) {
	o, err := putOver(ctx, at, c, condition{was: version})
	var f *Fault
	if errors.As(err, &f) && f.code == http.StatusNotImplemented {
		return putOver(ctx, at, c, condition{})
	}
	return o, err
}

// Guards tells whether a store keeps what stands where an object of another version is to be replaced ([Replace]). It
// puts a small object at an address where nothing is, and removes it.
func Guards(ctx context.Context, at string) (sure bool, err error) {
	was, err := Put(ctx, at, contentOf([]byte("1")), true)
	if err != nil {
		return false, err
	}
	if _, err = Replace(ctx, at, contentOf([]byte("2")), was.Version); err == nil {
		_, err = Replace(ctx, at, contentOf([]byte("3")), was.Version)
		if f := new(Fault); errors.As(err, &f) && f.OfVersion() {
			sure, err = true, nil
		}
	}
	return sure, errors.Join(err, Remove(ctx, at))
}

func putOver(ctx context.Context, at string, c *Content, over condition) (o Object, err error) {
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
		o, err = putOnce(ctx, w, p, a.key, c, over)
		var f *Fault
		if !errors.As(err, &f) || !f.unsure(over) {
			return o, written(err, Shown(at))
		}
		var same bool
		o, same, err = holds(ctx, w, at, a.key, c)
		switch {
		case err == nil && same:
			return o, nil
		case f.kind == changed && n < putTries && (over.absent && errors.Is(err, fs.ErrNotExist) || over.was != "" && err == nil && !over.broken(o)):
			continue // what was in the way is gone
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return o, named(err, Shown(at))
		case err == nil && over.absent:
			f.kind = there
		case err == nil && over.was != "":
			f.kind = changed
		}
		return o, named(f, Shown(at))
	}
}

func putOnce(ctx context.Context, w uploader, p patience, key string, c *Content, over condition) (o Object, err error) {
	if c.Size > usualParts.whole {
		return usualParts.putParts(ctx, w, p, key, c, over)
	}
	tried := false
	err = p.again(ctx, func() (err error) {
		if tried && !over.any() { // a server that refuses before all has come may end the connection, and its answer is lost
			if o, _, err = w.noted(ctx, key); err == nil && over.broken(o) {
				return &Fault{kind: changed, err: errors.New("another object is there")}
			}
		}
		tried = true
		o, err = w.put(ctx, key, c, over)
		return err
	})
	return o, err
}

// unsure tells whether the object may be there: another one came in the way, or the upload is gone, as it is when it
// was completed and the answer was lost.
func (e *Fault) unsure(over condition) bool {
	return e.kind == changed && !over.any() || e.kind == absent && e.ofUpload
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
	return written(err, Shown(at))
}

// written is named of a Fault of a request that was to change the store.
func written(err error, shown string) error {
	err = named(err, shown)
	if f := new(Fault); errors.As(err, &f) {
		f.ofWrite = true // of the copy
	}
	return err
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
