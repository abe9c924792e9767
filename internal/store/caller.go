package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// caller sends the requests of one backend.
type caller struct {
	client *http.Client
	sign   func(ctx context.Context, req *http.Request, body *Content) error // nil: requests go as they are
	p      patience
}

// request is one request.
type request struct {
	method, url string
	header      [][2]string
	body        *Content
}

// Content is what is sent, as often as needed.
type Content struct {
	From   io.ReaderAt
	Size   int64
	SHA256 [sha256.Size]byte
}

// contentOf is what is in memory.
func contentOf(b []byte) *Content {
	return &Content{From: bytes.NewReader(b), Size: int64(len(b)), SHA256: sha256.Sum256(b)}
}

// transport is shared by all stores, so that connections are used again.
var transport = sync.OnceValue(func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	t.DisableCompression = true // a range of compressed bytes is no range of the object
	return t
})

// straight follows no redirection: a store that sends elsewhere would be sent what was signed for it.
func straight(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// maxRedirects is how many redirections of a web server are followed.
const maxRedirects = 10

// onward follows redirections as browsers do, but not from https to http, and takes no key along to another host.
func onward(next *http.Request, via []*http.Request) error {
	last := via[len(via)-1].URL
	switch {
	case len(via) > maxRedirects:
		return &Fault{err: fmt.Errorf("more than %d redirections", maxRedirects)}
	case last.Scheme == "https" && next.URL.Scheme != "https":
		return &Fault{err: fmt.Errorf("refused: a redirection from https to %s://%s", next.URL.Scheme, next.URL.Host)}
	case next.URL.Host != via[0].URL.Host:
		next.Header.Del("Authorization")
	}
	return nil
}

// do sends a request once, and gives the answer where it has one of the statuses; its body, which is to be closed, ends
// when nothing comes any more.
func (c *caller) do(ctx context.Context, r request, ok ...int) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &pace{p: c.p, cancel: cancel}
	w.begin()
	resp, err := c.send(ctx, r, w)
	if err != nil {
		w.end()
		cancel(nil)
		return nil, err
	}
	resp.Body = &paced{ctx: ctx, body: resp.Body, pace: w}
	w.end()
	for _, code := range ok {
		if resp.StatusCode == code {
			return resp, nil
		}
	}
	f := answer(resp)
	return resp, errors.Join(f, resp.Body.Close())
}

func (c *caller) send(ctx context.Context, r request, w *pace) (*http.Response, error) {
	var body io.Reader
	if r.body != nil && r.body.Size > 0 {
		body = &sent{io.NewSectionReader(r.body.From, 0, r.body.Size), w}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, body)
	if err != nil {
		return nil, &Fault{err: errors.New("no request can be made of this address")}
	}
	if r.body != nil {
		req.ContentLength = r.body.Size
	}
	req.Header.Set("User-Agent", "fc7")
	req.Header.Set("Accept-Encoding", "identity")
	for _, h := range r.header {
		req.Header.Set(h[0], h[1])
	}
	if c.sign != nil {
		if err := c.sign(ctx, req, r.body); err != nil {
			return nil, silent(ctx, err)
		}
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, silent(ctx, err)
	}
	return resp, nil
}

// pace ends a request on which nothing moves. Time in which nobody asks for bytes does not count.
type pace struct {
	p      patience
	cancel context.CancelCauseFunc
	timer  *time.Timer
	since  time.Time
	spent  time.Duration // waiting, since n was 0
	n      int64
}

func (w *pace) begin() {
	w.since = time.Now()
	if w.timer == nil {
		w.timer = time.AfterFunc(w.p.idle, func() { w.cancel(&idleFault{in: w.p.idle}) })
		return
	}
	w.timer.Reset(w.p.idle)
}

func (w *pace) end() {
	w.timer.Stop()
	w.spent += time.Since(w.since)
}

// came counts bytes; those that come too slowly end the request.
func (w *pace) came(n int) {
	w.n += int64(n)
	if w.spent < w.p.idle {
		return
	}
	if w.n < w.p.least {
		w.cancel(&idleFault{w.p.idle, w.n})
	}
	w.spent, w.n = 0, 0
}

// sent is a body on its way to the store, which moves as it is read.
type sent struct {
	from io.Reader
	w    *pace
}

func (s *sent) Read(b []byte) (int, error) {
	s.w.timer.Reset(s.w.p.idle)
	return s.from.Read(b[:min(len(b), 64<<10)])
}

// paced is the body of an answer.
type paced struct {
	ctx  context.Context
	body io.ReadCloser
	pace *pace
}

func (b *paced) Read(p []byte) (int, error) {
	b.pace.begin()
	n, err := b.body.Read(p)
	b.pace.end()
	b.pace.came(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, silent(b.ctx, err)
	}
	return n, err
}

func (b *paced) Close() error {
	_ = b.body.Close() // it was only read
	b.pace.cancel(nil)
	return nil
}
