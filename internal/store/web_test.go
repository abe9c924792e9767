package store

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// site serves one file as the function does, which may cut it, and counts requests.
func site(t *testing.T, serve func(w http.ResponseWriter, r *http.Request, n int)) (at string, asked *int) {
	t.Helper()
	asked = new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		serve(w, r, *asked-1)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/f.bin", asked
}

// TestNoRanges: a server that knows no ranges sends all again, of which what is here already is dropped; without a
// version it is compared, too.
func TestNoRanges(t *testing.T) {
	want := content(100_000)
	for _, version := range []string{`"v1"`, `W/"v1"`, ""} {
		at, asked := site(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			w.Header().Set("Content-Length", "100000")
			w.Header().Set("ETag", version)
			if n == 0 {
				_, _ = w.Write(want[:40_000])
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(want)
		})
		if got, err := all(at, span{n: -1}); err != nil || !bytes.Equal(got, want) || *asked != 2 {
			t.Errorf("version %q: %d bytes by %d requests, %v", version, len(got), *asked, err)
		}
	}
}

// TestBegunAnew: of what no version is told a cut body is read again from its start: what comes is to the byte one
// answer's, another object is told of, and a server that cuts each time is left.
func TestBegunAnew(t *testing.T) {
	want, other := content(100_000), content(100_000)
	other[20_000] ^= 1
	changed := "the object has changed since it was first looked at: "
	last := func(s string) func(h http.Header) { return func(h http.Header) { h.Set("Last-Modified", s) } }
	none := func(http.Header) {}
	for name, c := range map[string]struct {
		cuts   []int // bytes of each answer, which all but the last cuts
		then   []byte
		before func(http.Header) // of all answers but the last
		after  func(http.Header)
		length bool
		fault  string
	}{
		"cut twice":                   {[]int{70_000, 40_000}, want, none, none, true, ""},
		"cut at once":                 {[]int{0, 1}, want, none, none, true, ""},
		"without a length":            {[]int{70_000, 40_000}, want, none, none, false, ""},
		"a tag from the second on":    {[]int{70_000}, want, none, func(h http.Header) { h.Set("ETag", `"a"`) }, true, ""},
		"other bytes before":          {[]int{70_000}, other, none, none, true, changed + "it begins with other bytes"},
		"other bytes behind the cut":  {[]int{10_000}, other, none, none, true, ""},
		"another size":                {[]int{70_000}, want[:99_999], none, none, true, changed + "another version came"},
		"shorter than what was read":  {[]int{70_000}, want[:60_000], none, none, false, changed + "it is shorter"},
		"another time of last change": {[]int{70_000}, want, last("Mon, 02 Nov 2026 10:00:00 GMT"), last("Mon, 02 Nov 2026 10:00:01 GMT"), true, changed + "another version came"},
		"the same time":               {[]int{70_000}, want, last("Mon, 02 Nov 2026 10:00:00 GMT"), last("Mon, 02 Nov 2026 10:00:00 GMT"), true, ""},
		"the time is told no more":    {[]int{70_000}, want, last("Mon, 02 Nov 2026 10:00:00 GMT"), none, true, changed + "another version came"},
		"cut six times":               {[]int{99_999, 99_999, 99_999, 99_999, 99_999, 99_999}, want, none, none, true, "the store cannot be read now"},
	} {
		at, asked := site(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			b, header := c.then, c.after
			if n < len(c.cuts) {
				b, header = want, c.before
			}
			if header(w.Header()); c.length {
				w.Header().Set("Content-Length", strconv.Itoa(len(b)))
			}
			if n >= len(c.cuts) {
				_, _ = w.Write(b)
				return
			}
			_, _ = w.Write(b[:c.cuts[n]])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		got, err := all(at, span{n: -1})
		if c.fault != "" {
			if faulty(t, err, c.fault); *asked > usual.tries {
				t.Errorf("%s: %d requests", name, *asked)
			}
		} else if err != nil || !bytes.Equal(got, c.then) || *asked != len(c.cuts)+1 {
			t.Errorf("%s: %d bytes by %d requests, %v", name, len(got), *asked, err)
		}
	}
}

// TestNoLength: an answer without a length ends where the server ends it in order, and else is cut.
func TestNoLength(t *testing.T) {
	at, _ := site(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		_, _ = io.WriteString(w, "some")
		_ = http.NewResponseController(w).Flush()
		if n > 0 {
			panic(http.ErrAbortHandler)
		}
	})
	if got, err := all(at, span{n: -1}); err != nil || string(got) != "some" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := all(at, span{n: -1}); !faulty(t, err).OfStore() {
		t.Errorf("%v", err)
	}
}

// TestNoHead: where HEAD is not known, GET tells the size.
func TestNoHead(t *testing.T) {
	at, _ := site(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("ETag", `"x"`)
		_, _ = io.WriteString(w, "some")
	})
	if o, err := Stat(context.Background(), at); err != nil || o != (Object{4, `"x"`}) {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestOtherAnswers: other ranges, other codings and other hosts than asked for are refused, and no key goes there.
func TestOtherAnswers(t *testing.T) {
	other, _ := site(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if a := r.Header.Get("Authorization"); a != "" {
			t.Errorf("the other host was sent %s", a)
		}
		_, _ = io.WriteString(w, "there")
	})
	s := serve(t, "hf")
	s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
		http.Redirect(w, r, strings.Replace(other, "127.0.0.1", "localhost", 1), http.StatusFound)
		return true
	})
	if got, err := all(s.at("a"), span{n: -1}); err != nil || string(got) != "there" {
		t.Errorf("%q, %v", got, err)
	}
	for want, serve := range map[string]func(w http.ResponseWriter){
		"answers with the range": func(w http.ResponseWriter) {
			w.Header().Set("Content-Range", "bytes 0-9/10")
			w.WriteHeader(http.StatusPartialContent)
		},
		"compressed (gzip)": func(w http.ResponseWriter) { w.Header().Set("Content-Encoding", "gzip") },
		"redirections":      func(w http.ResponseWriter) { w.Header().Set("Location", "/again"); w.WriteHeader(http.StatusFound) },
	} {
		at, _ := site(t, func(w http.ResponseWriter, _ *http.Request, _ int) { serve(w) })
		if _, err := all(at, span{from: 5, n: 5}); faulty(t, err, want).OfStore() {
			t.Errorf("%v", err)
		}
	}
}

// TestDowngrade: a redirection from https to http is refused.
func TestDowngrade(t *testing.T) {
	plain, asked := site(t, func(http.ResponseWriter, *http.Request, int) {})
	safe := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain+"?token="+secret, http.StatusFound)
	}))
	defer safe.Close()
	w := &web{caller{client: safe.Client(), p: usual}, func(string) string { return safe.URL + "/x" }}
	w.client.CheckRedirect = onward
	_, _, err := w.read(context.Background(), "", span{n: -1}, "")
	faulty(t, named(err, "x"), "a redirection from https to http://")
	if *asked != 0 {
		t.Error("the plain server was asked")
	}
}
