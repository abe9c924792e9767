package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fc7/internal/lock"
)

func TestGet(t *testing.T) {
	data := content(1, 300_000)
	s, path := serve(t, data), target(t)
	o := quick()
	var last, all int64
	o.Progress = func(h, a int64) { last, all = h, a }
	res, err := get(t, Request{URLs: []string{s.URL}, Path: path, Size: 300_000, Digests: []Digest{digest(data)}}, o)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	if res.SHA256 != digest(data).Hex || res.Size != 300_000 || res.URL != s.URL || res.Resumed != 0 {
		t.Errorf("%+v", res)
	}
	if last != 300_000 || all != 300_000 {
		t.Errorf("progress ended at %d of %d", last, all)
	}
	if _, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that was there: %v", err)
	}
	if _, err := get(t, Request{URLs: []string{s.URL}, Path: path, Replace: true}, o); err != nil {
		t.Error(err)
	}
	holds(t, path, data)
}

// TestCuts cuts every connection at a random byte: no byte is fetched twice, and the file is whole.
func TestCuts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		data := content(2, 1+random.IntN(200_000))
		s, path := serve(t, data), target(t)
		s.cutAfter = func(int) int { return random.IntN(1 + len(data)/3) }
		o := quick()
		o.tries = 20 // a cut after 0 bytes is a failure
		res, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, path, data)
		if res.SHA256 != digest(data).Hex {
			t.Error("the digest of a resumed download is not the file's")
		}
		for i, r := range s.asked() {
			if i > 0 && r == "" {
				t.Errorf("request %d asked for the whole file", i)
			}
		}
	}
}

// TestLater: what a failed call left is used by the next one.
func TestLater(t *testing.T) {
	data := content(3, 100_000)
	for name, c := range map[string]struct {
		change  func(s *server)
		resumed int64
		note    string
	}{
		"unchanged":             {func(*server) {}, 60_000, ""},
		"another version":       {func(s *server) { s.data, s.etag = content(4, 100_000), `"v2"` }, 0, "whole file again"},
		"another length":        {func(s *server) { s.data, s.etag = content(4, 90_000), `"v2"` }, 0, "whole file again"},
		"shorter, same version": {func(s *server) { s.data = content(4, 50_000) }, 0, "no bytes behind"},
		"longer, same version":  {func(s *server) { s.data = content(4, 150_000) }, 0, "another size"},
		"ranges ignored":        {func(s *server) { s.first = noRanges }, 0, "whole file again"},
		"If-Range ignored":      {func(s *server) { s.data, s.etag = content(4, 100_000), `"v2"`; s.first = noIfRange }, 0, "has changed"},
		"a range not asked for": {func(s *server) { s.first = wrongRange }, 0, "answers with the range"},
		"no version, no digest": {func(s *server) { s.etag = "" }, 0, "whole file again"},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := serve(t, data), target(t)
			if strings.HasPrefix(name, "no version") {
				s.etag = ""
			}
			s.cutAfter = func(int) int { return 60_000 }
			o := quick()
			o.tries = 1
			_, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
			fails(t, err, path, "60.0 kB")
			s.cutAfter = nil
			c.change(s)
			var notes []string
			o.Note = func(s string) { notes = append(notes, s) }
			res, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
			if err != nil {
				t.Fatal(err)
			}
			holds(t, path, s.data)
			if res.Resumed != c.resumed || !strings.Contains(strings.Join(notes, "\n"), c.note) {
				t.Errorf("resumed %d, want %d; notes %q, want %q", res.Resumed, c.resumed, notes, c.note)
			}
		})
	}
}

func noRanges(_ http.ResponseWriter, r *http.Request, _ int) bool {
	r.Header.Del("Range")
	return false
}

func noIfRange(_ http.ResponseWriter, r *http.Request, _ int) bool {
	r.Header.Del("If-Range")
	return false
}

func wrongRange(w http.ResponseWriter, r *http.Request, _ int) bool {
	if r.Header.Get("Range") == "" {
		return false
	}
	w.Header().Set("Content-Range", "bytes 5-9/100000")
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write([]byte("wrong"))
	return true
}

// TestOffsets: a part that happens to be complete, or of which the first byte alone is there.
func TestOffsets(t *testing.T) {
	data := content(5, 10_000)
	for _, have := range []int{1, 9_999, 10_000} {
		s, path := serve(t, data), target(t)
		leave(t, path, data[:have], version{URL: s.URL, ETag: `"v1"`, Size: 10_000})
		res, err := get(t, Request{URLs: []string{s.URL}, Path: path}, quick())
		if err != nil {
			t.Fatal(err)
		}
		holds(t, path, data)
		if res.Resumed != int64(have) {
			t.Errorf("resumed %d of %d", res.Resumed, have)
		}
	}
}

func leave(t *testing.T, path string, data []byte, v version) {
	t.Helper()
	if err := os.MkdirAll(path[:strings.LastIndex(path, "/")], 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := openAt(path+".part", nil, openPart)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.restart(v); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := p.keep(); err != nil {
		t.Fatal(err)
	}
}

// TestPowerCut: after a power cut a part can be longer than what of it is on the disk. Where no digest tells whether
// all is right, it is gone on with behind what is there for sure; nothing else of the download is left at its end.
func TestPowerCut(t *testing.T) {
	data := content(5, 10_000)
	for _, digests := range [][]Digest{nil, {digest(data)}} {
		s, path := serve(t, data), target(t)
		leave(t, path, data[:4_000], version{URL: s.URL, ETag: `"v1"`, Size: 10_000})
		if err := os.Truncate(path+".part", 7_000); err != nil { // zeros
			t.Fatal(err)
		}
		res, err := get(t, Request{URLs: []string{s.URL}, Path: path, Digests: digests}, quick())
		if err != nil {
			t.Fatal(err)
		}
		holds(t, path, data)
		alone(t, path)
		if want := int64(4_000); digests == nil && res.Resumed != want {
			t.Errorf("resumed %d, want %d", res.Resumed, want)
		}
	}
	s, path := serve(t, data), target(t)
	leave(t, path, data[:4_000], version{URL: s.URL, ETag: `"v1"`, Size: 10_000})
	if err := os.Truncate(path+".part", 0); err != nil { // its name went, and it was made anew
		t.Fatal(err)
	}
	if _, err := get(t, Request{URLs: []string{s.URL}, Path: path}, quick()); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
}

// TestClear: of a download that was killed when its file was complete nothing stays; the part of another one does.
// After a power cut any of what it removed may be there again.
func TestClear(t *testing.T) {
	for _, kept := range []string{".part", ".part.json", ".part .part.json"} {
		path := target(t)
		leave(t, path, []byte("x"), version{URL: "http://127.0.0.1/x"})
		part, lockFile := path+".part", path+".part.lock"
		if err := errors.Join(os.Link(part, path), os.WriteFile(lockFile, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		for _, end := range []string{".part", ".part.json"} {
			if !slices.Contains(strings.Fields(kept), end) {
				if err := os.Remove(path + end); err != nil {
					t.Fatal(err)
				}
			}
		}
		Clear(path)
		alone(t, path)
	}
}

// TestClearSparesAnother: what is on its way to replace a file is not touched.
func TestClearSparesAnother(t *testing.T) {
	path := target(t)
	leave(t, path, []byte("another"), version{URL: "http://127.0.0.1/x"})
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	Clear(path)
	if b, err := os.ReadFile(path + ".part"); string(b) != "another" {
		t.Errorf("the part of another download: %q, %v", b, err)
	}
	if readVersion(path+".part").URL == "" {
		t.Error("which version it is of is gone")
	}
}

// TestWrongDigest: wrong bytes are never resumed into, and never stay.
func TestWrongDigest(t *testing.T) {
	data := content(6, 50_000)
	s, path := serve(t, data), target(t)
	other := digest(content(7, 1))
	_, err := get(t, Request{URLs: []string{s.URL}, Path: path, Digests: []Digest{other}}, quick())
	fails(t, err, path, "want sha256 "+other.Hex, "found "+digest(data).Hex)
	alone(t, path)
	if n := len(s.asked()); n != 1 {
		t.Errorf("a fresh file with a wrong digest was asked for %d times", n)
	}
	// A wrong beginning that an earlier run left: the file is fetched once more, from its first byte.
	leave(t, path, content(8, 20_000), version{URL: s.URL, ETag: `"v1"`, Size: 50_000})
	if _, err := get(t, Request{URLs: []string{s.URL}, Path: path, Digests: []Digest{digest(data)}}, quick()); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	if asked := s.asked(); asked[1] == "" || asked[2] != "" {
		t.Errorf("ranges asked for: %q", asked)
	}
}

func TestMirrors(t *testing.T) {
	data := content(9, 80_000)
	gone, wrong, good := serve(t, data), serve(t, content(10, 80_000)), serve(t, data)
	gone.first = func(w http.ResponseWriter, r *http.Request, _ int) bool { http.NotFound(w, r); return true }
	path := target(t)
	res, err := get(t, Request{URLs: []string{gone.URL, good.URL}, Path: path}, quick())
	if err != nil || res.URL != good.URL {
		t.Fatalf("%+v, %v", res, err)
	}
	holds(t, path, data)
	// A mirror that has another file does not spoil what the next one has.
	path = target(t)
	if _, err := get(t, Request{URLs: []string{wrong.URL, good.URL}, Path: path, Digests: []Digest{digest(data)}}, quick()); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
	// A part from one mirror is gone on with at another where a digest will tell.
	path = target(t)
	leave(t, path, data[:30_000], version{URL: "http://elsewhere/", ETag: `"x"`, Size: 80_000})
	res, err = get(t, Request{URLs: []string{good.URL}, Path: path, Digests: []Digest{digest(data)}}, quick())
	if err != nil || res.Resumed != 30_000 {
		t.Fatalf("%+v, %v", res, err)
	}
	holds(t, path, data)
}

func TestCancel(t *testing.T) {
	data := content(11, 100_000)
	s, path := serve(t, data), target(t)
	stop := make(chan struct{})
	s.first = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n > 0 {
			return false
		}
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(data[:40_000])
		w.(http.Flusher).Flush()
		<-stop
		return true
	}
	ctx, cancel := context.WithCancel(context.Background())
	o := quick()
	o.Progress = func(have, _ int64) {
		if have == 40_000 {
			cancel()
		}
	}
	_, err := Get(ctx, Request{URLs: []string{s.URL}, Path: path}, o)
	close(stop)
	fails(t, err, path, "canceled")
	if _, err := os.Stat(path + ".part.lock"); err == nil {
		t.Error("the lock was left")
	}
	res, err := get(t, Request{URLs: []string{s.URL}, Path: path}, quick())
	if err != nil || res.Resumed != 40_000 {
		t.Fatalf("%+v, %v", res, err)
	}
	holds(t, path, data)
}

// TestTwoAtOnce: the second process is told, and takes over when the first is done.
func TestTwoAtOnce(t *testing.T) {
	path := target(t)
	leave(t, path, []byte("x"), version{})
	l, err := lock.Named(path + ".part.lock")
	if err != nil {
		t.Fatal(err)
	}
	data := content(12, 1000)
	s := serve(t, data)
	_, err = get(t, Request{URLs: []string{s.URL}, Path: path}, quick())
	fails(t, err, path, "another process")
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, Request{URLs: []string{s.URL}, Path: path}, quick()); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data) // the byte of unknown origin is not a part of it
}

// TestSlow: a server that sends nothing is left; one that sends little by little is not.
func TestSlow(t *testing.T) {
	data := content(13, 8)
	s, path := serve(t, data), target(t)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	s.first = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		<-stop
		return true
	}
	o := quick()
	o.idle, o.tries = 20*time.Millisecond, 2
	_, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
	fails(t, err, path, "no bytes came for 20ms")
	s = serve(t, data)
	s.first = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		w.Header().Set("Content-Length", "8")
		for i := range data {
			_, _ = w.Write(data[i : i+1])
			w.(http.Flusher).Flush()
			time.Sleep(100 * time.Millisecond)
		}
		return true
	}
	o.idle, o.tries = 500*time.Millisecond, 1
	if _, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o); err != nil {
		t.Fatal(err)
	}
	holds(t, path, data)
}

// TestTrickle: a server that sends a byte now and then for ever is left and asked for the rest, and after so many tries
// given up, with what came kept; where another connection is faster, the file is whole.
func TestTrickle(t *testing.T) {
	data := content(16, 100_000)
	for _, mends := range []bool{false, true} {
		s, path := serve(t, data), target(t)
		s.first = func(w http.ResponseWriter, r *http.Request, n int) bool {
			if mends && n == 2 {
				return false
			}
			at := 0
			if r.Header.Get("Range") != "" {
				_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &at)
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, len(data)-1, len(data)))
			}
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Content-Length", strconv.Itoa(len(data)-at))
			if at > 0 {
				w.WriteHeader(http.StatusPartialContent)
			}
			for _, b := range data[at:] {
				if _, err := w.Write([]byte{b}); err != nil {
					break
				}
				w.(http.Flusher).Flush()
				select {
				case <-time.After(2 * time.Millisecond):
				case <-r.Context().Done():
					return true
				}
			}
			return true
		}
		o := quick()
		o.idle, o.least, o.tries = 300*time.Millisecond, 2000, 3
		res, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
		if !mends {
			if fails(t, err, path, "came in 300ms, expected at least 2.0 kB"); len(s.asked()) != 3 {
				t.Errorf("asked %d times, want 3", len(s.asked()))
			}
			if i, err := os.Stat(path + ".part"); err != nil || i.Size() == 0 {
				t.Errorf("what came is not kept: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if a := s.asked(); len(a) != 3 || a[2] == "" || res.Size != int64(len(data)) {
			t.Errorf("asked for the ranges %q, %+v", a, res)
		}
		holds(t, path, data)
	}
}

// A server that cuts every file and answers with another range than was asked for has its chance to start over, once.
func TestStartsOverOnce(t *testing.T) {
	s, path := serve(t, content(14, 100_000)), target(t)
	s.cutAfter = func(int) int { return 60_000 }
	s.first = wrongRange
	o := quick()
	o.tries = 3
	_, err := get(t, Request{URLs: []string{s.URL}, Path: path}, o)
	fails(t, err, path, "answers with the range")
	if n := len(s.asked()); n > 8 {
		t.Errorf("asked %d times", n)
	}
}

// A part that cannot be opened is an error that names it, before any server is asked.
func TestPartInTheWay(t *testing.T) {
	s, path := serve(t, content(15, 10)), target(t)
	if err := os.MkdirAll(path+".part", 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := get(t, Request{URLs: []string{s.URL}, Path: path}, quick())
	fails(t, err, path, "net.pth.part")
	if n := len(s.asked()); n > 0 {
		t.Errorf("the server was asked %d times", n)
	}
}
