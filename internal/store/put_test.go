package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"testing"
)

// whereWritten runs a test on a store of each kind that can be written to.
func whereWritten(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	everywhere(t, func(t *testing.T, s *server) {
		if CanPut(s.at("a")) {
			test(t, s)
		} else if _, err := Put(context.Background(), s.at("a"), contentOf(nil), true); faulty(t, err, "alone").OfStore() || len(s.asked()) > 0 {
			t.Errorf("%d requests, %v", len(s.asked()), err)
		}
	})
}

// TestPut: what is put is there as it was, of the version that is told, and replaced where that is asked for alone.
func TestPut(t *testing.T) {
	whereWritten(t, func(t *testing.T, s *server) {
		for _, key := range []string{"a", "d/ü b+&=%41.bin"} {
			for _, n := range []int{0, 1, 300_000} {
				at := s.at(key)
				o, err := Put(context.Background(), at, contentOf(content(n)), true)
				if err != nil {
					t.Fatal(err)
				}
				if now, err := Stat(context.Background(), at); err != nil || now != o || o.Size != int64(n) {
					t.Errorf("%s: %+v, then %+v, %v", key, o, now, err)
				}
				if got, err := all(at, span{n: -1}); err != nil || !bytes.Equal(got, content(n)) {
					t.Errorf("%s: %d bytes, %v", key, len(got), err)
				}
			}
			_, err := Put(context.Background(), s.at(key), contentOf([]byte("other")), false)
			if faulty(t, err, "there is another object already"); !errors.Is(err, fs.ErrExist) {
				t.Errorf("%v", err)
			}
			if o, err := Put(context.Background(), s.at(key), contentOf(content(300_000)), false); err != nil || o.Size != 300_000 {
				t.Errorf("the same again: %+v, %v", o, err)
			}
			if got, err := all(s.at(key), span{from: 0, n: 10}); err != nil || !bytes.Equal(got, content(10)) {
				t.Errorf("%q is there, %v", got, err)
			}
		}
	})
}

// TestLostReply: a request whose answer is lost has put the object, or another had put another one.
func TestLostReply(t *testing.T) {
	whereWritten(t, func(t *testing.T, s *server) {
		s.lose = 2
		if o, err := Put(context.Background(), s.at("a"), contentOf(content(70_000)), false); err != nil || o.Version == "" || s.version("a") != 1 {
			t.Errorf("%+v, version %d, %v", o, s.version("a"), err)
		}
		s.put("b", content(69_999))
		s.lose = 1
		if _, err := Put(context.Background(), s.at("b"), contentOf(content(70_000)), false); !errors.Is(err, fs.ErrExist) || s.version("b") != 1 {
			t.Errorf("version %d, %v", s.version("b"), err)
		}
		s.put("c", bytes.Repeat([]byte("c"), 70_000)) // of the same length
		if _, err := Put(context.Background(), s.at("c"), contentOf(content(70_000)), false); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%v", err)
		}
	})
}

// TestRefusedEarly: a server that knows that an object is there before the other one came, and ends the connection, is
// asked whether it is.
func TestRefusedEarly(t *testing.T) {
	whereWritten(t, func(t *testing.T, s *server) {
		s.put("a", content(3<<20))
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method == http.MethodPut || r.Method == http.MethodPost {
				panic(http.ErrAbortHandler)
			}
			return false
		})
		if o, err := Put(context.Background(), s.at("a"), contentOf(content(3<<20)), false); err != nil || o.Size != 3<<20 || len(s.asked()) > 5 {
			t.Errorf("%+v, %d requests, %v", o, len(s.asked()), err)
		}
		if _, err := Put(context.Background(), s.at("a"), contentOf(content(3<<20-1)), false); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%v", err)
		}
	})
}

// TestPutBusy: what passes is tried again with the whole body, and what does not leaves nothing.
func TestPutBusy(t *testing.T) {
	whereWritten(t, func(t *testing.T, s *server) {
		s.answer(func(w http.ResponseWriter, _ *http.Request, n int) bool {
			if n < 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return n < 2
		})
		if _, err := Put(context.Background(), s.at("a"), contentOf(content(200_000)), false); err != nil || !bytes.Equal(s.object("a"), content(200_000)) {
			t.Errorf("%d bytes, %v", len(s.object("a")), err)
		}
		s.answer(func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.WriteHeader(http.StatusInternalServerError)
			return true
		})
		if _, err := Put(context.Background(), s.at("b"), contentOf(content(10)), true); !faulty(t, err, "tried 6 times").OfStore() || s.object("b") != nil || !strings.Contains(err.Error(), "cannot be written to now") {
			t.Errorf("%v", err)
		}
		s.answer(func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		})
		_, put := Put(context.Background(), s.at("b"), contentOf(content(10)), true)
		for _, err := range []error{put, Remove(context.Background(), s.at("a"))} {
			if faulty(t, err, "may they write"); strings.Contains(err.Error(), "may they read") {
				t.Errorf("%v", err)
			}
		}
	})
}

// TestRemove: what is removed is gone.
func TestRemove(t *testing.T) {
	whereWritten(t, func(t *testing.T, s *server) {
		s.put("a", content(5))
		b, _, a, err := backendOf(s.at("a"))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.(writer).remove(context.Background(), a.key); err != nil {
			t.Fatal(err)
		}
		if _, err := Stat(context.Background(), s.at("a")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v", err)
		}
	})
}
