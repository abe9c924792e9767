package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fc7/internal/atomicfile"
	"fc7/internal/escape"
	"fc7/internal/fetch"
	"fc7/internal/lock"
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
	return alone(ctx, at, func(dir, name string) error {
		now, err := store.Stat(ctx, at)
		if err != nil {
			return err
		}
		old, err := readRecord(dir, name)
		if err == nil && !old.holds(dir, now) {
			err = bring(ctx, at, dir, name, e)
		}
		return err
	})
}

// alone does something with what the cache has, or will have, of an address, while nobody else on this machine does.
func alone(ctx context.Context, at string, do func(dir, name string) error) error {
	dir, err := CacheDir("")
	if err != nil {
		return err
	}
	if err := atomicfile.MkdirAll(dir); err != nil {
		return err
	}
	name := nameOf(at)
	l, err := lock.Wait(ctx, func() (*lock.Lock, error) { return lock.Named(filepath.Join(dir, name+".lock")) })
	if err != nil {
		return err
	}
	return errors.Join(do(dir, name), l.Release())
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

// cachedEnding is that of the files that were brought. What is in them is told by their content.
const cachedEnding = ".weights"

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
	file := name + cachedEnding
	r, err := store.Open(ctx, at)
	if err != nil {
		return err
	}
	defer r.Close()
	final := filepath.Join(dir, file)
	if err := fetch.Room(dir, r.Size()); err != nil {
		return err
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

// Publish puts the weights that write writes to a path at an address. They are in the cache then, as Bring would have
// brought them. Unless replace, an object that is there is an error that wraps fs.ErrExist, told before the work.
func Publish(ctx context.Context, at string, replace bool, write func(path string) error) error {
	if _, err := store.Stat(ctx, at); err == nil && !replace {
		return fmt.Errorf("%s: %w; it is not replaced: choose another name, or allow it with --force", at, fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return alone(ctx, at, func(dir, name string) error {
		final := filepath.Join(dir, name+cachedEnding)
		err := os.Remove(recordPath(dir, name))
		if err == nil || errors.Is(err, fs.ErrNotExist) { // which would be of another file
			err = write(final)
		}
		if err == nil {
			err = put(ctx, at, dir, name, replace)
		}
		if err != nil { // what did not get to the store is not what is there
			if e := os.Remove(final); !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
		return err
	})
}

// put puts the file of a name in the cache at an address, and records it.
func put(ctx context.Context, at, dir, name string, replace bool) error {
	f, err := os.Open(filepath.Join(dir, name+cachedEnding))
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	o, err := store.Put(ctx, at, &store.Content{From: f, Size: n, SHA256: [sha256.Size]byte(sum.Sum(nil))}, replace)
	if err != nil {
		return err
	}
	r := record{File: name + cachedEnding, URL: at, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil)), Verified: firstUse, Version: o.Version}
	return r.write(dir, name)
}
