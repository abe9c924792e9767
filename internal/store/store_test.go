package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"
)

// everywhere runs a test on a store of each kind.
func everywhere(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) { test(t, serve(t, kind)) })
	}
}

// all reads an object, or a part of it.
func all(at string, sp span) ([]byte, error) {
	r, err := openSpan(context.Background(), at, sp)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// faulty is the *Fault of an error, in which there is no secret.
func faulty(t *testing.T, err error, words ...string) *Fault {
	t.Helper()
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("%v is no Fault", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
	for _, w := range []string{secret, "Credential=", "Bearer", "X-Signature"} {
		if strings.Contains(err.Error(), w) {
			t.Errorf("%q tells a secret", err)
		}
	}
	return f
}

// TestRead: what is read is what is there, whole and in part, whatever it is called.
func TestRead(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		for _, key := range []string{"a", "dir/b c.jpg", "ü+%&=;~!'()*@:$,.bin", "q?x#y.jpg", "100%25/z"} {
			for _, n := range []int{0, 1, 99, 300_000} {
				want := content(n)
				s.put(key, want)
				o, err := Stat(context.Background(), s.at(key))
				if err != nil || o.Size != int64(n) || o.Version == "" {
					t.Fatalf("%s: %+v, %v", key, o, err)
				}
				if got, err := all(s.at(key), span{n: -1}); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s: %d bytes, want %d, %v", key, len(got), n, err)
				}
			}
			if got, err := all(s.at(key), span{from: 1000, n: 77}); err != nil || !bytes.Equal(got, content(300_000)[1000:1077]) {
				t.Errorf("%s: a part is %q, %v", key, got, err)
			}
		}
	})
}

// TestAbsent: what is not there is told at once, and is no fault of the store.
func TestAbsent(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		_, err := all(s.at("none"), span{n: -1})
		if f := faulty(t, err, "there is no such object", Shown(s.at("none"))); !errors.Is(err, fs.ErrNotExist) || f.OfStore() {
			t.Errorf("%#v", f)
		}
		if _, err := Stat(context.Background(), s.at("none")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat: %v", err)
		}
		if n := len(s.asked()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestRefused: a store that refuses would refuse others too; a web server may have files that nobody may see.
func TestRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>"+r.Header.Get("Authorization")+"</StringToSign></Error>")
			return true
		})
		_, err := all(s.at("a"), span{n: -1})
		if f := faulty(t, err, "403 Forbidden, SignatureDoesNotMatch"); f.OfStore() != (s.kind != "http") || len(s.asked()) != 1 {
			t.Errorf("%d requests, %#v", len(s.asked()), f)
		}
	})
}

// TestBusy: what passes is waited for, and what does not is told as the store's.
func TestBusy(t *testing.T) {
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		everywhere(t, func(t *testing.T, s *server) {
			s.put("a", content(5000))
			s.answer(func(w http.ResponseWriter, _ *http.Request, n int) bool {
				if n < 3 {
					w.WriteHeader(status)
				}
				return n < 3
			})
			if got, err := all(s.at("a"), span{n: -1}); err != nil || !bytes.Equal(got, content(5000)) {
				t.Fatalf("%d: %d bytes, %v", status, len(got), err)
			}
			s.answer(func(w http.ResponseWriter, _ *http.Request, n int) bool { w.WriteHeader(status); return true })
			before := len(s.asked())
			_, err := all(s.at("a"), span{n: -1})
			if f := faulty(t, err, "cannot be read now", "tried 6 times"); !f.OfStore() || len(s.asked())-before != 6 {
				t.Errorf("%d: %d requests, %v", status, len(s.asked())-before, err)
			}
		})
	}
}

// TestRetryAfter: the time that a server asks for is waited, unless it is too long.
func TestRetryAfter(t *testing.T) {
	s := serve(t, "s3")
	s.put("a", content(10))
	after := "1"
	s.answer(func(w http.ResponseWriter, _ *http.Request, n int) bool {
		if n == 0 || after != "1" {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	began := time.Now()
	if _, err := all(s.at("a"), span{n: -1}); err != nil || time.Since(began) < time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	after = "3600"
	if _, err := all(s.at("a"), span{n: -1}); !faulty(t, err, "503").OfStore() || len(s.asked()) != 3 {
		t.Errorf("%d requests, %v", len(s.asked()), err)
	}
}

// TestCut: a body that is cut, or stops, goes on at the byte that it got to, and not without end.
func TestCut(t *testing.T) {
	want := content(200_000)
	defer func(d time.Duration) { usual.idle = d }(usual.idle)
	for _, slow := range []bool{false, true} {
		if slow {
			usual.idle = 250 * time.Millisecond
		}
		everywhere(t, func(t *testing.T, s *server) {
			s.put("a", want)
			s.cutting(slow, func(n int) int { return []int{70_000, 0, 33_333, -1}[min(n, 3)] })
			got, err := all(s.at("a"), span{from: 5, n: 190_000})
			if err != nil || !bytes.Equal(got, want[5:190_005]) {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			last := s.asked()[len(s.asked())-1]
			if r := last.Header.Get("Range"); !strings.HasPrefix(r, "bytes=1") || !strings.HasSuffix(r, "-190004") {
				t.Errorf("the last request was for %s", r)
			}
			s.cutting(slow, func(int) int { return 0 })
			if slow {
				return // six times the time
			}
			if _, err := all(s.at("a"), span{n: -1}); !faulty(t, err, "tried 6 times").OfStore() {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestChanged: an object that is replaced while it is read is a fault, and not the store's; no byte of the new one
// comes.
func TestChanged(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		s.put("a", bytes.Repeat([]byte("1"), 100_000))
		s.cut = func(n int) int {
			if n == 0 {
				s.objects["a"], s.versions["a"] = bytes.Repeat([]byte("2"), 100_000), 2
				return 50_000
			}
			return -1
		}
		got, err := all(s.at("a"), span{n: -1})
		if f := faulty(t, err, "has changed"); f.OfStore() || bytes.ContainsRune(got, '2') {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
}

// TestCancelled: a reading ends with its context, whatever it waits for.
func TestCancelled(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		s.put("a", content(1000))
		ctx, cancel := context.WithCancel(context.Background())
		s.answer(func(w http.ResponseWriter, _ *http.Request, n int) bool {
			if n == 1 {
				cancel()
			}
			w.WriteHeader(503)
			return true
		})
		if _, err := Open(ctx, s.at("a")); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if n := len(s.asked()); n > 3 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestOffline: a store that cannot be reached is told as such.
func TestOffline(t *testing.T) {
	everywhere(t, func(t *testing.T, s *server) {
		s.Close()
		if _, err := all(s.at("a"), span{n: -1}); !faulty(t, err, "cannot be read now").OfStore() {
			t.Errorf("%v", err)
		}
	})
}
