package store

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestReplace: an object takes the place of the version that was looked at, small or in parts, also where an answer is
// lost; of two writers who looked at the same one the second is told, and what the first one put stays.
func TestReplace(t *testing.T) {
	small(t)
	whereWritten(t, func(t *testing.T, s *server) {
		for _, n := range []int{0, 1000, 200_000} {
			at := s.at("d/ü+")
			was, err := Put(t.Context(), at, contentOf([]byte("old")), true)
			if err != nil {
				t.Fatal(err)
			}
			s.lose = 1
			o, err := Replace(t.Context(), at, contentOf(content(n)), was.Version)
			if err != nil || o.Size != int64(n) || o.Version == was.Version {
				t.Errorf("%d bytes: %+v, %v", n, o, err)
			}
			if _, err := Replace(t.Context(), at, contentOf(content(n)), was.Version); err != nil {
				t.Errorf("%d bytes, which another writer put there: %v", n, err)
			}
			for _, other := range [][]byte{[]byte("late"), bytes.Repeat([]byte("o"), 200_000)} {
				_, err = Replace(t.Context(), at, contentOf(other), was.Version)
				if f := faulty(t, err, "has changed"); !f.OfVersion() {
					t.Errorf("%v", err)
				}
			}
			if got, err := all(at, span{n: -1}); err != nil || !bytes.Equal(got, content(n)) {
				t.Errorf("%d bytes are there, %v", len(got), err)
			}
			if err := Remove(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			_, err = Replace(t.Context(), at, contentOf(content(n)), o.Version)
			if f := new(Fault); !errors.As(err, &f) || !f.OfVersion() {
				t.Errorf("of nothing: %v", err)
			}
		}
		if n := s.unfinished(); n > 0 {
			t.Errorf("%d uploads are left", n)
		}
	})
}

// TestReplaceRace: what another writer puts there between the look and the put is kept.
func TestReplaceRace(t *testing.T) {
	small(t)
	whereWritten(t, func(t *testing.T, s *server) {
		for _, n := range []int{1000, 200_000} {
			was, err := Put(t.Context(), s.at("a"), contentOf([]byte("old")), true)
			if err != nil {
				t.Fatal(err)
			}
			late := false
			s.answer(func(_ http.ResponseWriter, r *http.Request, _ int) bool {
				if r.Method != http.MethodGet && r.Method != http.MethodHead && !late {
					late = true
					s.put("a", []byte("another"))
				}
				return false
			})
			_, err = Replace(t.Context(), s.at("a"), contentOf(content(n)), was.Version)
			s.answer(nil)
			if f := faulty(t, err, "has changed"); !f.OfVersion() || string(s.object("a")) != "another" {
				t.Errorf("%d bytes: %q, %v", n, s.object("a"), err)
			}
		}
	})
}

// TestGuards: a store that keeps what another version is to take the place of is told from one that says that it does
// not know how, and from one that knows nothing of it; these are put to all the same.
func TestGuards(t *testing.T) {
	whereWritten(t, func(t *testing.T, s *server) {
		is := func(want bool) {
			t.Helper()
			if sure, err := Guards(context.Background(), s.at("tmp/try")); sure != want || err != nil || s.object("tmp/try") != nil {
				t.Errorf("%v, %v, %q is left; want %v", sure, err, s.object("tmp/try"), want)
			}
		}
		is(true)
		conditional := func(r *http.Request) bool {
			return r.Header.Get("If-Match") != "" || r.URL.Query().Has("ifGenerationMatch")
		}
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if !conditional(r) || r.Method == http.MethodGet {
				return false
			}
			w.WriteHeader(http.StatusNotImplemented)
			return true
		})
		is(false)
		s.answer(func(_ http.ResponseWriter, r *http.Request, _ int) bool {
			r.Header.Del("If-Match")
			r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "ifGenerationMatch", "x")
			return false
		})
		is(false)
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		})
		if _, err := Guards(context.Background(), s.at("tmp/try")); !faulty(t, err, "access is refused").OfStore() {
			t.Errorf("%v", err)
		}
	})
}
