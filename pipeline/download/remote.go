package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/internal/fetch"
	"fc7/internal/lock"
	"fc7/internal/machine"
	"fc7/internal/store"
	"fc7/internal/usage"
)

// Bring brings the weights at an address (package store) into the cache, where Open finds them by the address, unless
// the very version of the object that is there now was brought before. Who else on this machine brings the same is
// waited for.
func Bring(ctx context.Context, at string, e Events) error {
	if err := CheckAddress(at); err != nil {
		return err
	}
	dir, err := CacheDir("")
	if err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(dir); err != nil {
		return err
	}
	now, err := store.Stat(ctx, at)
	if err != nil {
		return err
	}
	name := nameOf(at)
	l, err := lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Named(filepath.Join(dir, name+".lock")) })
	if err != nil {
		return err
	}
	old, err := readRecord(dir, name)
	if err == nil && !old.holds(dir, now) {
		err = bring(ctx, at, dir, name, e)
	}
	return errors.Join(err, l.Release())
}

// CheckAddress tells what is wrong with an address of weights in itself.
func CheckAddress(at string) error {
	if err := store.Check(at); err != nil {
		return usage.Wrap(err)
	}
	if store.Shown(at) != at {
		return usage.Errorf("%s: weights are not taken by an address with a query: manifests would repeat it; fc7 weights fetch NAME --url … takes one", store.Shown(at))
	}
	return nil
}

// nameOf is the name in the cache of what stands at an address.
func nameOf(at string) string {
	scheme, _, _ := strings.Cut(at, "://")
	sum := sha256.Sum256([]byte(at))
	base := path.Base(at)
	if !nameForm.MatchString(base) || len(base) > 100 {
		base = "weights"
	}
	return scheme + "-" + hex.EncodeToString(sum[:8]) + "-" + base
}

// holds tells whether the file that a record is of is there, and is what the store has now.
func (r record) holds(dir string, now store.Object) bool {
	info, err := os.Stat(filepath.Join(dir, r.File))
	return r.File != "" && err == nil && now.Version != "" && r.Version == now.Version && r.Size == info.Size() && r.Size == now.Size
}

func bring(ctx context.Context, at, dir, name string, e Events) error {
	file := name + ".weights"
	r, err := store.Open(ctx, at)
	if err != nil {
		return err
	}
	defer r.Close()
	final := filepath.Join(dir, file)
	if free := machine.FreeDisk(dir); free >= 0 && free < r.Size() {
		return &fetch.SpaceError{Folder: dir, Need: r.Size(), Free: free}
	}
	sum := sha256.New()
	from := &counted{r: r, sum: sum, all: r.Size(), tell: e.progress(path.Base(at))}
	err = atomicfile.Write(final, true, func(w io.Writer) error {
		_, err := io.Copy(w, from)
		return err
	})
	if err != nil {
		return fmt.Errorf("weights to %s: %w", final, err)
	}
	o := r.Object()
	now := record{File: file, URL: at, Size: from.n, SHA256: hex.EncodeToString(sum.Sum(nil)), Verified: firstUse, Version: o.Version}
	e.note(fmt.Sprintf("%s: %s, in %s", escape.Line(at), fetch.Bytes(from.n), dir))
	return now.write(dir, name)
}

// counted tells of the bytes that pass, and adds them to a digest.
type counted struct {
	r      io.Reader
	sum    hash.Hash
	n, all int64
	tell   func(have, all int64)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.sum.Write(b[:n])
	c.n += int64(n)
	if c.tell != nil {
		c.tell(c.n, max(c.all, 0))
	}
	return n, err
}

// broughtFrom finds in the cache what was brought from an address.
func broughtFrom(at string) (cached, error) {
	dir, err := CacheDir("")
	if err != nil {
		return cached{}, err
	}
	c, err := find(dir, nameOf(at))
	if err == nil && c.Path == "" {
		err = fmt.Errorf("%s: these weights are not in the cache %s: name them with --weights, which brings them there", at, dir)
	}
	return c, err
}
