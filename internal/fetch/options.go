package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Request is a file to be had.
type Request struct {
	URLs    []string // the same file at several places, tried in this order
	Path    string   // where it goes; its folder is made
	Size    int64    // bytes; 0 where it is not known
	Digests []Digest // all must fit
	Replace bool     // take the place of a file that is at Path
}

func (r Request) check() error {
	if len(r.URLs) == 0 || r.Path == "" {
		return errors.New("want a URL and a file name")
	}
	for _, s := range r.URLs {
		u, err := url.Parse(s)
		if err != nil {
			return fmt.Errorf("URL %q: %w", s, err)
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("URL %q: want http://… or https://…", s)
		}
	}
	for _, d := range r.Digests {
		if err := d.check(); err != nil {
			return err
		}
	}
	return nil
}

// Options are the choices of Get; the zero value is what a user wants.
type Options struct {
	tries    int                   // failures of one URL in a row, without a byte gained but by a trickle, before it is given up; 0: 5
	idle     time.Duration         // a connection on which nothing comes for this long is cut; 0: 60 s
	least    int64                 // bytes that are to come in that time; a connection on which fewer do is cut; 0: 60 KiB
	delay    time.Duration         // before the second try, doubled for each further one; 0: 1 s
	limit    int64                 // bytes, for a file of unknown size; 0: 64 GiB
	Progress func(have, all int64) // bytes there, and in all (0: not known); called at most every 64 KiB
	Note     func(string)          // a sentence that the user should see: a retry, a restart

	transport http.RoundTripper              // instead of http.DefaultTransport; for tests
	create    func(string) (partFile, error) // instead of os.OpenFile; for tests
}

const (
	defaultTries = 5
	defaultIdle  = time.Minute
	defaultLeast = 60 << 10
	defaultDelay = time.Second
	defaultLimit = 64 << 30
	// maxDelay bounds the doubling, and how long a server's Retry-After is obeyed.
	maxDelay = 2 * time.Minute
)

func (o Options) resolved() Options {
	if o.tries <= 0 {
		o.tries = defaultTries
	}
	if o.idle <= 0 {
		o.idle = defaultIdle
	}
	if o.least <= 0 {
		o.least = defaultLeast
	}
	if o.delay <= 0 {
		o.delay = defaultDelay
	}
	if o.limit <= 0 {
		o.limit = defaultLimit
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if o.create == nil {
		o.create = openPart
	}
	return o
}

// maxRedirects is how many redirections are followed: data archives and mirrors need two or three.
const maxRedirects = 10

// client refuses what would take the safety of https away on the way.
func (o Options) client() *http.Client {
	return &http.Client{Transport: o.transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return refused{fmt.Errorf("more than %d redirections", maxRedirects)}
		}
		if via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https" {
			return refused{fmt.Errorf("refused: a redirection from https to %s", next.URL)}
		}
		return nil
	}}
}
