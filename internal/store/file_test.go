package store

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
)

// ranges are those of the requests from the nth on.
func (s *server) ranges(n int) (all []string) {
	for _, r := range s.asked()[n:] {
		if of := r.Header.Get("Range"); of != "" && (s.kind != "hf" || len(r.URL.Path) > 4 && r.URL.Path[:5] == "/cdn/") {
			all = append(all, of)
		}
	}
	return all
}

// TestFile: parts of an object are its bytes, wherever they are and in whatever order they are read, with cuts.
func TestFile(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		want := content(300_000)
		s.put("a", want)
		s.cut = func(n int) int { return []int{-1, 700, 5000}[n%3] }
		f, err := OpenFile(context.Background(), s.at("a"), Object{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []struct{ off, n int }{{0, 10}, {299_990, 10}, {5, 20_000}, {20_000, 1}, {299_000, 1000}, {150_000, 150_000}, {0, 300_000}, {7, 0}} {
			b := make([]byte, p.n)
			if n, err := f.ReadAt(b, int64(p.off)); err != nil || n != p.n || !bytes.Equal(b, want[p.off:p.off+p.n]) {
				t.Errorf("%d bytes at %d: %d, %v", p.n, p.off, n, err)
			}
		}
		b := make([]byte, 20)
		if n, err := f.ReadAt(b, 299_990); n != 10 || err != io.EOF || !bytes.Equal(b[:10], want[299_990:]) {
			t.Errorf("over the end: %d, %v", n, err)
		}
		if got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Object().Size)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("all: %d bytes, %v", len(got), err)
		}
		r, err := OpenPart(context.Background(), s.at("a"), f.Object(), 1234, 50_000)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want[1234:51_234]) {
			t.Errorf("a part: %d bytes, %v", len(got), err)
		}
	})
}

// TestFileWindows: what is close together is read at once, in windows that grow; what is far apart is leapt over.
func TestFileWindows(t *testing.T) {
	s := serve(t, "s3")
	s.put("a", make([]byte, 20<<20))
	read := func(step, from int64) []string {
		f, err := OpenFile(context.Background(), s.at("a"), Object{}, 1<<10)
		if err != nil {
			t.Fatal(err)
		}
		before := len(s.asked())
		for at := from; at < 20<<20; at += step {
			if _, err := f.ReadAt(make([]byte, min(100, 20<<20-at)), at); err != nil {
				t.Fatal(err)
			}
		}
		return s.ranges(before)
	}
	if got := read(10<<10, 0); len(got) > 20 || got[0] != "bytes=0-1023" || got[1] != "bytes=10240-12287" {
		t.Errorf("close together: %d requests, %v", len(got), got)
	}
	if got := read(4<<20, 1); len(got) != 5 || got[4] != "bytes=16777217-16778240" {
		t.Errorf("far apart: %v", got)
	}
	if got := read(20, 20<<20-100); len(got) != 1 || got[0] != "bytes=20970496-20971519" {
		t.Errorf("at the end: %v", got)
	}
}

// TestFileChanged: parts are of one version; another one, or none, is told.
func TestFileChanged(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		s.put("a", content(300_000))
		f, err := OpenFile(context.Background(), s.at("a"), Object{}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		s.put("a", content(300_001)[1:])
		b := make([]byte, 10)
		for _, at := range []int64{0, 299_000} {
			_, err := f.ReadAt(b, at)
			if f := faulty(t, err, "has changed"); !f.OfVersion() || f.OfStore() {
				t.Errorf("at %d: %v", at, err)
			}
		}
		if _, err := OpenPart(context.Background(), s.at("a"), f.Object(), 5, 10); !faulty(t, err, "has changed").OfVersion() {
			t.Errorf("a part: %v", err)
		}
		if _, err := OpenPart(context.Background(), s.at("none"), f.Object(), 5, 10); !faulty(t, err).OfVersion() {
			t.Errorf("none: %v", err)
		}
		s.answer(func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		})
		if _, err := f.ReadAt(b, 5000); faulty(t, err).OfVersion() {
			t.Errorf("refused: %v", err)
		}
	})
}

// TestFileNot: a server that gives no parts, no version or no size is told so, and not all is read for a part.
func TestFileNot(t *testing.T) {
	etag, all := `"v"`, content(10<<20)
	var sent atomic.Int64
	at, _ := site(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		if r.Method != http.MethodHead {
			n, _ := w.Write(all) // until the connection is closed
			sent.Store(int64(n))
			return
		}
		w.Header().Set("Content-Length", "10485760")
	})
	f, err := OpenFile(context.Background(), at, Object{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 5000} {
		if _, err := f.ReadAt(make([]byte, 10), from); faulty(t, err, "gives no part of it").OfStore() {
			t.Errorf("from %d: %v", from, err)
		}
	}
	if sent.Load() == 10<<20 {
		t.Error("all was read for a part")
	}
	if etag = ""; true {
		_, err := OpenFile(context.Background(), at, Object{}, 1000)
		faulty(t, err, "tells no version")
	}
}
