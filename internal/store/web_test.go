package store

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
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
// version nothing is put together of two answers.
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
		got, err := all(at, span{n: -1})
		if strings.HasPrefix(version, `"`) {
			if err != nil || !bytes.Equal(got, want) || *asked != 2 {
				t.Errorf("%d bytes by %d requests, %v", len(got), *asked, err)
			}
		} else if !faulty(t, err, "cannot be read now").OfStore() || *asked != 1 {
			t.Errorf("version %q: %d bytes by %d requests, %v", version, len(got), *asked, err)
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
	s.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		http.Redirect(w, r, strings.Replace(other, "127.0.0.1", "localhost", 1), http.StatusFound)
		return true
	}
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
