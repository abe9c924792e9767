package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"sync"
)

// Object is what a store says of one.
type Object struct {
	Size    int64
	Version string // another one where the bytes are others: ETag, generation, time of the last change; "": none is told
}

// span is the bytes of an object from one on; up to the end where n is below 0.
type span struct {
	from, n int64
	only    bool // an answer with more than these is refused, instead of being read up to them
}

// backend is a kind of store, of which each call is one request. Errors are *Fault, or the context's.
type backend interface {
	stat(ctx context.Context, key string) (Object, error)
	// read gives bytes of an object, of a version where one is given; else it is a Fault that it has changed. The
	// object's size is below 0 where the store does not tell it.
	read(ctx context.Context, key string, s span, version string) (io.ReadCloser, Object, error)
}

// Reader reads one object, or a part of it, from its first byte to its last.
type Reader struct {
	ctx      context.Context
	of       backend
	p        patience
	key      string
	shown    string
	object   Object
	from     int64 // byte of the object that the reading began at
	at, end  int64 // bytes of the object; end below 0: not known
	part     bool  // see span.only
	body     io.ReadCloser
	failures int       // cuts, since
	gained   int64     // bytes came
	begun    int       // times that it began anew
	read     hash.Hash // of the bytes from from up to at, of an object of no version
	err      error
}

// Open opens an object to be read as long as the context lasts. The caller closes it.
func Open(ctx context.Context, at string) (*Reader, error) {
	return openSpan(ctx, at, span{n: -1})
}

func openSpan(ctx context.Context, at string, s span) (*Reader, error) {
	b, p, a, err := backendOf(at)
	if err != nil {
		return nil, err
	}
	r := &Reader{ctx: ctx, of: b, p: p, key: a.key, shown: Shown(at), from: s.from, at: s.from, end: -1}
	if s.n >= 0 {
		r.end = s.from + s.n
	}
	err = p.again(ctx, r.open)
	return r, named(err, r.shown)
}

// Stat asks for the size and version of an object.
func Stat(ctx context.Context, at string) (o Object, err error) {
	b, p, a, err := backendOf(at)
	if err != nil {
		return o, err
	}
	err = p.again(ctx, func() (err error) {
		o, err = b.stat(ctx, a.key)
		return err
	})
	return o, named(err, Shown(at))
}

// named says of which address a Fault is: of a copy, since whoever was waited for together may have been told the same.
func named(err error, shown string) error {
	var f *Fault
	if errors.As(err, &f) {
		own := *f
		own.of = shown
		return &own // alone: what was joined to it is of closing what was only read
	}
	return err
}

// open asks for what is left.
func (r *Reader) open() error {
	s := span{from: r.at, n: -1, only: r.part}
	if r.end >= 0 {
		s.n = r.end - r.at
	}
	body, o, err := r.of.read(r.ctx, r.key, s, r.object.Version)
	if err != nil {
		return err
	}
	if r.object.Version != "" && o.Version != r.object.Version || r.object.Size > 0 && o.Size >= 0 && o.Size != r.object.Size {
		return errors.Join(&Fault{kind: changed, err: errors.New("another version came")}, body.Close())
	}
	r.body, r.object = body, o
	if r.end < 0 && o.Size >= 0 {
		r.end = o.Size
	}
	return nil
}

// Size is how many bytes there are in all; below 0: the store does not tell.
func (r *Reader) Size() int64 { return r.object.Size }

// Object is what is read.
func (r *Reader) Object() Object { return r.object }

func (r *Reader) Read(b []byte) (int, error) {
	for r.err == nil {
		if r.end >= 0 && r.at >= r.end {
			return 0, io.EOF
		}
		if r.end >= 0 {
			b = b[:min(int64(len(b)), r.end-r.at)]
		}
		n, err := r.body.Read(b)
		r.took(b[:n])
		if r.gained += int64(n); r.gained >= r.p.renewed {
			r.gained, r.failures = 0, 0
		}
		switch {
		case n > 0 || err == nil:
			return n, nil // what else there is comes again
		case r.end < 0 && errors.Is(err, io.EOF):
			return 0, io.EOF
		}
		r.err = named(r.goOn(err), r.shown)
	}
	return 0, r.err
}

// goOn asks for the rest of a body that ended too early.
func (r *Reader) goOn(err error) error {
	if errors.Is(err, io.EOF) {
		err = &Fault{kind: busy, err: errors.New("the connection ended before the last byte")}
	}
	_ = r.body.Close() // it was only read
	if r.object.Version == "" {
		return r.anew(err) // the rest may be another object's
	}
	for {
		r.failures++
		if err := r.p.pause(r.ctx, err, r.failures); err != nil {
			return err
		}
		if err = r.open(); err == nil {
			return nil
		}
	}
}

// took counts bytes that came, and keeps in mind of which those of no version are.
func (r *Reader) took(b []byte) {
	r.at += int64(len(b))
	if r.object.Version != "" {
		return
	}
	if r.read == nil {
		r.read = sha256.New()
	}
	r.read.Write(b)
}

// anew begins again a reading of an object of which nothing tells whether it is the same, a few times in all: what was
// read comes once more, and has to be equal.
func (r *Reader) anew(err error) error {
	at := r.at
	for {
		r.begun++
		if err := r.p.pause(r.ctx, err, r.begun); err != nil {
			return err
		}
		r.at = r.from
		err = r.open()
		if r.at = at; err != nil {
			continue
		}
		if err = r.passOver(at - r.from); err == nil {
			return nil
		}
		_ = r.body.Close() // it was only read
	}
}

// passOver reads n bytes that were read before.
func (r *Reader) passOver(n int64) error {
	again := sha256.New()
	if _, err := io.CopyN(again, r.body, n); errors.Is(err, io.EOF) {
		return &Fault{kind: changed, err: errors.New("it is shorter")}
	} else if err != nil {
		return err
	}
	if r.read != nil && !bytes.Equal(again.Sum(nil), r.read.Sum(nil)) {
		return &Fault{kind: changed, err: errors.New("it begins with other bytes")}
	}
	return nil
}

// Close ends the reading.
func (r *Reader) Close() error {
	if r.body != nil {
		_ = r.body.Close() // it was only read
	}
	return nil
}

// opened are the backends of this process, by scheme and bucket and what the environment says of them: what they know
// of keys and regions serves all objects.
var opened sync.Map

func backendOf(at string) (backend, patience, address, error) {
	a, err := parse(at)
	if err != nil {
		return nil, usual, a, err
	}
	make, env := maker(a.scheme)
	key := a.scheme + "://" + a.bucket + "\x00" + env
	if b, ok := opened.Load(key); ok {
		return b.(backend), usual, a, nil
	}
	b, err := make(a, usual)
	if err != nil {
		return nil, usual, a, &Fault{of: Shown(at), err: err}
	}
	first, _ := opened.LoadOrStore(key, b)
	return first.(backend), usual, a, nil
}

// maker is what makes the backends of a scheme, and what of the environment they depend on.
func maker(scheme string) (make func(address, patience) (backend, error), env string) {
	switch scheme {
	case "s3":
		return newS3, environment(s3Variables...)
	case "gs":
		return newGCS, environment(gcsVariables...)
	case "azblob":
		return newAzure, environment(azureVariables...)
	case "hf":
		return newHub, environment(hubVariables...)
	}
	return newWeb, ""
}
