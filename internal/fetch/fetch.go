package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fc7/internal/atomicfile"
	"fc7/internal/lock"
)

// Result is a file that has come.
type Result struct {
	URL     string // where it came from
	Size    int64
	SHA256  string
	Resumed int64 // bytes that an earlier run had left
}

// Get downloads a file to r.Path, and goes on with what an earlier call left. On any error there is nothing new at
// r.Path. A file that is there already is an error (fs.ErrExist) unless r.Replace; it is then whole at every moment,
// the old one or the new. One process at a time downloads to a path.
func Get(ctx context.Context, r Request, o Options) (res Result, err error) {
	if err := r.check(); err != nil {
		return res, err
	}
	if _, err := os.Lstat(r.Path); err == nil && !r.Replace {
		return res, fmt.Errorf("%s: %w; it is not replaced", r.Path, fs.ErrExist)
	}
	if err := atomicfile.MkdirAll(filepath.Dir(r.Path)); err != nil {
		return res, err
	}
	l, err := lock.Named(lockPath(r.Path))
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, l.Release()) }()
	o = o.resolved()
	p, err := openAt(partPath(r.Path), r.Digests, o.create)
	if err != nil {
		return res, err
	}
	d := &download{r: r, o: o, p: p}
	res.Resumed = p.have
	if res.URL, err = d.anywhere(ctx); err != nil {
		return Result{}, d.failed(err)
	}
	if d.p.from == 0 {
		res.Resumed = 0
	}
	res.Size, res.SHA256 = p.have, p.sums.hex(SHA256)
	if err := p.publish(r.Path, r.Replace); err != nil {
		return Result{}, fmt.Errorf("download to %s: %w", r.Path, err)
	}
	return res, nil
}

func partPath(path string) string { return path + ".part" }

func lockPath(path string) string { return partPath(path) + ".lock" }

// Clear removes what a download that was killed when its file was complete left beside it: the lock, the second name of
// the file, and which version that was, whose removal a power cut may have undone. Who finds a file and does not Get it
// calls this.
func Clear(path string) {
	lock.Clear(lockPath(path))
	file, err := os.Lstat(path)
	if err != nil {
		return
	}
	part, err := os.Lstat(partPath(path))
	if err == nil && os.SameFile(part, file) {
		err = os.Remove(partPath(path)) // it serves nobody if it stays
	} else if err == nil {
		return // of another download
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(versionPath(partPath(path)))
	}
}

// download is a Get under way.
type download struct {
	r    Request
	o    Options
	p    *part
	bad  bool // the bytes that are there are wrong
	once bool // they were wrong once already, and were fetched anew
}

// failed leaves the part for a later call, unless its bytes are wrong.
func (d *download) failed(err error) error {
	if d.bad {
		return errors.Join(err, d.p.discard())
	}
	return errors.Join(err, d.p.keep())
}

// anywhere tries the URLs in turn.
func (d *download) anywhere(ctx context.Context) (string, error) {
	var all error
	for i, u := range d.r.URLs {
		err := d.from(ctx, u)
		if err == nil {
			return u, nil
		}
		err = fmt.Errorf("download %s: %w", u, err)
		if ctx.Err() != nil || hopeless(err) {
			return "", err
		}
		all = errors.Join(all, err)
		if i+1 < len(d.r.URLs) {
			d.o.Note(err.Error() + "; trying " + d.r.URLs[i+1])
		}
	}
	return "", all
}

// hopeless tells errors of this machine, which no other server mends.
func hopeless(err error) bool {
	var space *SpaceError
	var path *fs.PathError
	return errors.As(err, &space) || errors.As(err, &path)
}

// from asks one URL until the file is there, or there is no sense in asking again.
func (d *download) from(ctx context.Context, url string) error {
	if d.bad { // what another server sent
		if err := d.p.restart(version{}); err != nil {
			return err
		}
	}
	d.bad, d.once = false, false
	failures := 0
	for {
		before := d.p.have
		err := d.attempt(ctx, url)
		if err == nil {
			err = d.verify()
		}
		if err == nil {
			return nil
		}
		var again *startOver
		var no refused
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case hopeless(err) || errors.As(err, &no):
			return err
		case errors.As(err, &again) && !d.once:
			d.once = true
			d.o.Note(again.why + ": starting over")
			if err := d.p.restart(version{}); err != nil {
				return err
			}
			continue
		}
		if d.gained(err, d.p.have-before) {
			failures = 0
		}
		failures++
		if failures >= d.tries(err) {
			return err
		}
		if err := d.pause(ctx, err, failures); err != nil {
			return err
		}
	}
}

// gained tells whether an attempt that failed got on, so that those before it are forgotten. Trickles do not add up.
func (d *download) gained(err error, n int64) bool {
	var slow *slowError
	if errors.As(err, &slow) {
		return n >= 2*d.o.least
	}
	return n > 0
}

// tries is smaller for a server that cannot be reached: the user should soon know that he is offline.
func (d *download) tries(err error) int {
	var offline *OfflineError
	if errors.As(err, &offline) {
		return min(2, d.o.tries)
	}
	return d.o.tries
}

// pause waits before the next try: as long as the server asks, else twice as long each time.
func (d *download) pause(ctx context.Context, err error, failures int) error {
	wait := min(d.o.delay<<min(failures-1, 20), maxDelay)
	var s *statusFault
	if errors.As(err, &s) && s.After > 0 {
		if s.After > maxDelay {
			return err
		}
		wait = s.After
	}
	d.o.Note(fmt.Sprintf("%v; going on at %s in %s", err, Bytes(d.p.have), wait))
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// verify checks the complete part. Wrong bytes of which some came earlier are a reason to start over: the server may
// have changed the file without telling.
func (d *download) verify() error {
	err := d.p.sums.verify(d.r.Digests)
	if err == nil && d.r.Size > 0 && d.p.have != d.r.Size {
		err = fmt.Errorf("is not the file expected: want %d bytes, found %d", d.r.Size, d.p.have)
	}
	if err == nil {
		return nil
	}
	if d.p.from > 0 && !d.once {
		return &startOver{"what had come earlier does not fit the rest"}
	}
	d.bad = true
	return refused{err}
}
