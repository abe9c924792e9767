package store

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"fc7/internal/fetch"
)

// environment is what the variables hold, as a key to what was made of them.
func environment(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(os.Getenv(n))
		b.WriteByte(0)
	}
	return b.String()
}

// firstSet is the first variable that is not empty.
func firstSet(names ...string) string {
	for _, n := range names {
		if v := os.Getenv(n); v != "" {
			return v
		}
	}
	return ""
}

// header is that of a request for a span; nil: for all.
func (s span) header() [][2]string {
	switch {
	case s.n >= 0:
		return [][2]string{{"Range", fmt.Sprintf("bytes=%d-%d", s.from, s.from+s.n-1)}}
	case s.from > 0:
		return [][2]string{{"Range", fmt.Sprintf("bytes=%d-", s.from)}}
	}
	return nil
}

// body takes the answer to a request for a span, of which version tells the version. A server that sends all instead
// has what is before the span read and dropped.
func (s span) body(resp *http.Response, version func(http.Header) string) (io.ReadCloser, Object, error) {
	o := Object{Size: resp.ContentLength, Version: version(resp.Header)}
	bad := func(format string, a ...any) (io.ReadCloser, Object, error) {
		_ = resp.Body.Close() // nothing of it is wanted
		return nil, o, &Fault{err: fmt.Errorf(format, a...), code: resp.StatusCode}
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return bad("the object comes compressed (%s), though it was not asked to", printable(e))
	}
	if resp.StatusCode == http.StatusPartialContent {
		first, all, ok := fetch.ContentRange(resp.Header.Get("Content-Range"))
		if !ok || first != s.from {
			return bad("the store answers with the range %q, where bytes from %d on were asked for", printable(resp.Header.Get("Content-Range")), s.from)
		}
		if o.Size = all; all <= 0 {
			o.Size = -1
		}
		return resp.Body, o, nil
	}
	if s.only && (s.from > 0 || o.Size < 0 || o.Size > s.n) {
		return bad("the server gives no part of it, but all (%s): copy it to a disk", printable(resp.Status))
	}
	if s.from > 0 {
		if _, err := io.CopyN(io.Discard, resp.Body, s.from); err != nil {
			_ = resp.Body.Close() // it is asked for again
			return nil, o, err
		}
	}
	return resp.Body, o, nil
}

// printable is a short word of a server's.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), 64)])
}

// strong is an ETag that promises equal bytes, or "".
func strong(h http.Header) string {
	if e := h.Get("ETag"); strings.HasPrefix(e, `"`) {
		return e
	}
	return ""
}

// readSpan sends a request for a span.
func (c *caller) readSpan(ctx context.Context, r request, s span, version func(http.Header) string) (io.ReadCloser, Object, error) {
	r.method, r.header = http.MethodGet, append(r.header, s.header()...)
	resp, err := c.do(ctx, r, http.StatusOK, http.StatusPartialContent)
	if err != nil {
		return nil, Object{}, err
	}
	return s.body(resp, version)
}

// head asks for an object's size and version.
func (c *caller) head(ctx context.Context, url string, version func(http.Header) string) (Object, error) {
	resp, err := c.do(ctx, request{method: http.MethodHead, url: url}, http.StatusOK)
	if err != nil {
		return Object{}, err
	}
	return Object{Size: resp.ContentLength, Version: version(resp.Header)}, resp.Body.Close()
}

// escaped writes a key as a path, with slashes as they are or not.
func escaped(key string, slashes bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(key) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0, c == '/' && slashes:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
