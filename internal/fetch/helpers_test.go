package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// content is n bytes that no compression or coincidence makes alike.
func content(seed uint64, n int) []byte {
	var key [32]byte
	key[0] = byte(seed)
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

func digest(b []byte) Digest {
	s := sha256.Sum256(b)
	return Digest{SHA256, hex.EncodeToString(s[:])}
}

// server serves one file and can be made to misbehave.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	data     []byte
	etag     string
	cutAfter func(request int) int // bytes of the body before the connection is cut; below 0: none
	first    func(w http.ResponseWriter, r *http.Request, request int) bool
	ranges   []string // the Range of each request
}

func serve(t *testing.T, data []byte) *server {
	t.Helper()
	s := &server{data: data, etag: `"v1"`}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := len(s.ranges)
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	data, etag := s.data, s.etag
	s.mu.Unlock()
	if s.first != nil && s.first(w, r, n) {
		return
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if s.cutAfter != nil {
		if k := s.cutAfter(n); k >= 0 {
			w = &cutter{ResponseWriter: w, left: k}
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// cutter aborts the connection after some bytes of the body.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) > c.left {
		_, _ = c.ResponseWriter.Write(b[:c.left])
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.ranges...)
}

// quick are options that do not make a test wait.
func quick() Options { return Options{delay: time.Millisecond, idle: 10 * time.Second, least: 1} }

func get(t *testing.T, r Request, o Options) (Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return Get(ctx, r, o)
}

func target(t *testing.T) string { return filepath.Join(t.TempDir(), "sub", "net.pth") }

// holds checks a file's bytes, and that nothing else is beside it.
func holds(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s has %d bytes that are not the %d served", path, len(got), len(want))
	}
	alone(t, path)
}

func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// fails checks an error's words, and that there is nothing under the final name.
func fails(t *testing.T, err error, path string, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	if _, e := os.Lstat(path); e == nil {
		t.Errorf("%s is there in spite of %v", path, err)
	}
}
