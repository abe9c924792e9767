package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"fc7/internal/hostile"
)

// TestAnswers: what passes is tried again, what stays is not.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(w http.ResponseWriter)
		words   string
		retries int
	}{
		"404":  {func(w http.ResponseWriter) { w.WriteHeader(404) }, "has it moved", 0},
		"403":  {func(w http.ResponseWriter) { w.WriteHeader(403) }, "not give this file", 0},
		"503":  {func(w http.ResponseWriter) { w.WriteHeader(503) }, "503", 2},
		"429":  {func(w http.ResponseWriter) { w.WriteHeader(429) }, "429", 2},
		"wait": {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "86400"); w.WriteHeader(503) }, "asked again in 24h", 0},
		"206":  {func(w http.ResponseWriter) { w.WriteHeader(206) }, "206", 0},
		"page": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<html>Welcome to our guests!")
		}, "web page", 0},
		"zipped": {func(w http.ResponseWriter) { w.Header().Set("Content-Encoding", "gzip") }, "compressed", 0},
		"size":   {func(w http.ResponseWriter) { w.Header().Set("Content-Length", "7") }, "want 1000 bytes, the server has 7", 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { n++; c.answer(w) }))
			defer s.Close()
			path := target(t)
			o := quick()
			o.tries = 3
			_, err := get(t, Request{URLs: []string{s.URL}, Path: path, Size: 1000}, o)
			fails(t, err, path, c.words, s.URL)
			alone(t, path)
			if n != 1+c.retries {
				t.Errorf("asked %d times, want %d", n, 1+c.retries)
			}
		})
	}
}

// TestBusy: the time that a server asks for is waited.
func TestBusy(t *testing.T) {
	data := content(1, 100)
	s, path := serve(t, data), target(t)
	s.first = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		if n == 0 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		return n == 0
	}
	began := time.Now()
	if _, err := get(t, Request{URLs: []string{s.URL}, Path: path}, quick()); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	if d := time.Since(began); d < time.Second {
		t.Errorf("asked again after %s, the server wanted 1 s", d)
	}
}

// TestEndless: a stream without a size ends at the limit, and leaves nothing.
func TestEndless(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for b := make([]byte, 10_000); ; {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	path := target(t)
	o := quick()
	o.limit = 100_000
	_, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
	fails(t, err, path, "more bytes came than the 100000")
	alone(t, path)
}

// TestNoLength: where a cut could not be noticed, a digest is needed.
func TestNoLength(t *testing.T) {
	data := content(2, 5000)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			_, _ = io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\n"+string(data))
			_ = c.Close()
		}
	}()
	path, url := target(t), "http://"+l.Addr().String()+"/x"
	_, err = get(t, Request{URLs: []string{url}, Path: path}, quick())
	fails(t, err, path, "does not tell the size")
	if _, err := get(t, Request{URLs: []string{url}, Path: path, Digests: []Digest{digest(data)}}, quick()); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
}

func TestRedirects(t *testing.T) {
	data := content(3, 40_000)
	s, path := serve(t, data), target(t)
	s.cutAfter = func(n int) int { return []int{10_000, -1}[min(n, 1)] }
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.URL, http.StatusFound) }))
	defer front.Close()
	if _, err := get(t, Request{URLs: []string{front.URL}, Path: path}, quick()); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	if a := s.asked(); len(a) != 2 || a[1] != "bytes=10000-" {
		t.Errorf("behind the redirection the ranges %q were asked for", a)
	}
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) }))
	defer loop.Close()
	path = target(t)
	_, err := get(t, Request{URLs: []string{loop.URL}, Path: path}, quick())
	fails(t, err, path, "more than 10 redirections")
}

func TestDowngrade(t *testing.T) {
	plain := serve(t, content(4, 10))
	safe := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain.URL, http.StatusFound) }))
	defer safe.Close()
	o := quick()
	o.transport = safe.Client().Transport
	path := target(t)
	_, err := get(t, Request{URLs: []string{safe.URL}, Path: path}, o)
	fails(t, err, path, "from https to http:")
	if len(plain.asked()) != 0 {
		t.Error("the plain server was asked")
	}
}

func TestOffline(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String() + "/net.pth"
	l.Close()
	path := target(t)
	_, err = get(t, Request{URLs: []string{url}, Path: path}, quick())
	var off *OfflineError
	if fails(t, err, path, "cannot reach", url); !errors.As(err, &off) {
		t.Errorf("%#v", err)
	}
	o := quick()
	o.transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "weights.invalid", IsNotFound: true}}
	}}
	_, err = get(t, Request{URLs: []string{"https://weights.invalid/x"}, Path: path}, o)
	if fails(t, err, path, "weights.invalid", "no such host"); !errors.As(err, &off) {
		t.Errorf("%#v", err)
	}
}

// fullDisk takes some bytes and no more.
type fullDisk struct {
	partFile
	left int
}

func (f *fullDisk) Write(b []byte) (int, error) {
	if len(b) <= f.left {
		f.left -= len(b)
		return f.partFile.Write(b)
	}
	n, err := f.partFile.Write(b[:f.left])
	f.left = 0
	return n, errors.Join(err, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
}

// TestFullDisk: the part stays, and the next run goes on with it.
func TestFullDisk(t *testing.T) {
	data := content(5, 500_000)
	s, path := serve(t, data), target(t)
	o := quick()
	o.create = func(p string) (partFile, error) {
		f, err := openPart(p)
		return &fullDisk{f, 123_456}, err
	}
	_, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
	fails(t, err, path, "is full", "376.5 kB more are needed", "kept")
	var space *SpaceError
	if !errors.As(err, &space) || !errors.Is(err, syscall.ENOSPC) || len(s.asked()) != 1 {
		t.Errorf("%#v after %d requests", err, len(s.asked()))
	}
	res, err := get(t, Request{URLs: []string{s.URL}, Path: path}, quick())
	if err != nil || res.Resumed != 123_456 {
		t.Fatalf("%+v, %v", res, err)
	}
	holds(t, path, data)
}

func TestContentRange(t *testing.T) {
	for s, want := range map[string][3]int64{
		"bytes 5-9/10": {5, 10, 1}, "bytes 0-0/*": {0, 0, 1}, "bytes */77": {0, 77, 1},
		"": {}, "bytes": {}, "bytes x-9/10": {}, "bytes -3-9/10": {}, "bytes 5-9/-1": {}, "octets 5-9/10": {},
	} {
		first, all, ok := ContentRange(s)
		if ok != (want[2] == 1) || ok && (first != want[0] || all != want[1]) {
			t.Errorf("%q: %d, %d, %v", s, first, all, ok)
		}
	}
}

func FuzzContentRange(f *testing.F) { rangeTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { rangeTarget().Test(t, "FuzzContentRange") }

// rangeTarget reads headers of a server.
func rangeTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts("bytes 5-9/10", "bytes */0", "bytes 0-0/1", "bytes 0-9/*", "bytes 1-2/9223372036854775807", "bytes 7-99/100", "bytes 10-10/11", "bytes */5", "bytes  1-2/3", "bytes 3-1/4", "items 1-2/3"),
		Words: []string{"bytes ", "-", "/", "*", "0", "9", "99999999999999999999", "+1", " ", "\t", "0x1"},
		Alloc: func(n int) uint64 { return 1<<20 + 100*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			first, all, ok := ContentRange(string(file))
			if ok && (first < 0 || all < 0 || !strings.HasPrefix(string(file), "bytes ")) {
				r.Errorf("%d, %d", first, all)
			}
			r.Int(int(first), int(all))
			return nil
		},
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-3": 0, "soon": 0,
		"Wed, 01 Jan 2020 00:01:00 GMT": time.Minute, "Tue, 31 Dec 2019 00:01:00 GMT": 0,
	} {
		if got := RetryAfter(s, now); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

// A weak tag is no version: it may stay while bytes change. A strong one and the date are, the tag before the date.
func TestVersionOf(t *testing.T) {
	for _, c := range []struct{ etag, modified, validator string }{
		{`"a"`, "Sat, 01 Jan 2000 00:00:00 GMT", `"a"`},
		{`W/"a"`, "Sat, 01 Jan 2000 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"},
		{`W/"a"`, "", ""},
		{"a", "", ""}, // without quotation marks it is none (RFC 9110, section 8.8.3)
	} {
		r := &http.Response{Header: http.Header{"Etag": {c.etag}, "Last-Modified": {c.modified}}}
		v := versionOf(r, "http://host/file", -1)
		if v.validator() != c.validator || v.URL != "http://host/file" || v.Size != 0 {
			t.Errorf("%+v: %+v, compared by %q", c, v, v.validator())
		}
		if v := versionOf(r, "", 7); v.Size != 7 {
			t.Errorf("%d bytes, want 7", v.Size)
		}
	}
}
