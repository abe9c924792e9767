package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"
)

// uploader is a backend that takes large objects in parts.
type uploader interface {
	writer
	// begin starts an upload of an object.
	begin(ctx context.Context, key string, c *Content, over condition) (upload, error)
	// noted is the digest that an object says it was put with, in parts; "": it says none.
	noted(ctx context.Context, key string) (o Object, sha256 string, err error)
}

// upload is an object in the making. Its calls are one request each, as far as nothing has to be asked again; they may
// be made again, and those of parts at once, where together is above 1.
type upload interface {
	together() int
	// part stores part n, from 0, of the bytes from a place on.
	part(ctx context.Context, n int, from int64, c *Content) error
	// complete makes the object of all parts; where the condition does not hold, that is a Fault that it has changed.
	complete(ctx context.Context) (Object, error)
	// abort gives the upload up, as far as the store has a word for it.
	abort(ctx context.Context) error
}

// parting says how large objects are put.
type parting struct {
	whole int64 // bytes that are put in one request
	part  int64 // bytes of a part of what is larger; a multiple of 256 KiB, as Google wants it
	most  int   // parts; S3 takes 10,000
	wide  int   // parts on their way at once
}

var usualParts = parting{whole: 32 << 20, part: 16 << 20, most: 10_000, wide: 4}

// largest is how large an object may be.
func (g parting) largest() int64 { return g.part * int64(g.most) }

// abortTime is how long it may take to give an upload up, also when the program ends.
const abortTime = 10 * time.Second

// putParts puts a large object. A part that fails is sent again alone; after an error nothing stays, where the store
// can be told.
func (g parting) putParts(ctx context.Context, u uploader, p patience, key string, c *Content, over condition) (o Object, err error) {
	var up upload
	if err := p.again(ctx, func() (err error) {
		up, err = u.begin(ctx, key, c, over)
		return err
	}); err != nil {
		return o, err
	}
	if err = g.send(ctx, up, p, c); err == nil {
		err = p.again(ctx, func() (err error) {
			o, err = up.complete(ctx)
			return err
		})
	}
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
		defer cancel()
		_ = up.abort(ctx) // what is left of it is no object, and the error is another
	}
	return o, err
}

// send sends all parts.
func (g parting) send(ctx context.Context, up upload, p patience, c *Content) error {
	work, within := errgroup.WithContext(ctx)
	work.SetLimit(min(g.wide, up.together()))
	for n, from := 0, int64(0); from < c.Size && within.Err() == nil; n, from = n+1, from+g.part {
		work.Go(func() error {
			part, err := piece(c.From, from, min(g.part, c.Size-from))
			if err != nil {
				return err
			}
			return p.again(within, func() error { return up.part(within, n, from, part) })
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// piece is a part of what is sent, with its digest.
func piece(of io.ReaderAt, from, n int64) (*Content, error) {
	part, sum := io.NewSectionReader(of, from, n), sha256.New()
	if m, err := io.Copy(sum, part); err != nil || m != n {
		return nil, errors.Join(fmt.Errorf("of %d bytes from %d on %d could be read", n, from, m), err)
	}
	return &Content{From: part, Size: n, SHA256: [sha256.Size]byte(sum.Sum(nil))}, nil
}
