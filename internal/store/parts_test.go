package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pieces is an upload that a server was sent parts of.
type pieces struct {
	key    string
	digest string
	parts  map[string][]byte // by S3's numbers and Azure's names
	bytes  []byte            // Google's
	size   int
	begun  *http.Request
	done   bool // and kept for those who ask again
}

// small lets objects of more than 100 kB go in parts of 64 kB.
func small(t *testing.T) {
	t.Helper()
	before := usualParts
	usualParts = parting{whole: 100_000, part: 64 << 10, most: 10, wide: 3}
	t.Cleanup(func() { usualParts = before })
}

// parted answers requests about uploads in parts; false: it is another one. The server is locked.
func (s *server) parted(w http.ResponseWriter, r *http.Request, key string, b []byte) bool {
	if s.uploads == nil {
		s.uploads = map[string]*pieces{}
	}
	q := r.URL.Query()
	switch s.kind {
	case "s3":
		return s.partedS3(w, r, key, b)
	case "gs":
		return s.partedGCS(w, r, key, b)
	}
	u := s.uploads[key]
	switch q.Get("comp") {
	case "block":
		if u == nil {
			u = &pieces{key: key, parts: map[string][]byte{}}
			s.uploads[key] = u
		}
		u.parts[q.Get("blockid")] = b
		w.WriteHeader(http.StatusCreated)
	case "blocklist":
		var list struct{ Latest []string }
		status := http.StatusCreated
		switch {
		case s.refuses(r, key) != 0:
			status = s.refuses(r, key)
		case u == nil || xml.Unmarshal(b, &list) != nil:
			status = http.StatusBadRequest
		default:
			u.digest = r.Header.Get(azureDigest)
			s.whole(u, list.Latest)
			for name := range u.parts {
				if !slices.Contains(list.Latest, name) {
					delete(u.parts, name) // those of others
				}
			}
		}
		w.Header().Set("ETag", `"v`+strconv.Itoa(s.versions[key])+`"`)
		s.reply(w, status, "")
	default:
		return false
	}
	return true
}

// reply answers, unless answers are to be lost.
func (s *server) reply(w http.ResponseWriter, status int, text string) {
	if s.lose > 0 {
		s.lose--
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// whole makes the object of an upload.
func (s *server) whole(u *pieces, names []string) {
	b := slices.Clone(u.bytes)
	for _, n := range names {
		b = append(b, u.parts[n]...)
	}
	s.objects[u.key], s.digests[u.key] = b, u.digest
	s.versions[u.key]++
}

func (s *server) partedS3(w http.ResponseWriter, r *http.Request, key string, b []byte) bool {
	q := r.URL.Query()
	id := q.Get("uploadId")
	u := s.uploads[id]
	switch {
	case q.Has("uploads"):
		id = fmt.Sprintf("id %d/+", len(s.uploads))
		s.uploads[id] = &pieces{key: key, digest: r.Header.Get(s3Digest), parts: map[string][]byte{}}
		_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>`+id+`</UploadId></InitiateMultipartUploadResult>`)
	case id == "":
		return false
	case u == nil:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchUpload</Code></Error>")
	case r.Method == http.MethodPut:
		n := q.Get("partNumber")
		u.parts[n] = b
		w.Header().Set("ETag", `"p`+n+`"`)
	case r.Method == http.MethodDelete:
		delete(s.uploads, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		var list struct {
			Part []struct {
				PartNumber int
				ETag       string
			}
		}
		var names []string
		bad := xml.Unmarshal(b, &list) != nil
		for i, p := range list.Part {
			bad = bad || p.PartNumber != i+1 || p.ETag != fmt.Sprintf(`"p%d"`, i+1)
			names = append(names, strconv.Itoa(i+1))
		}
		switch {
		case bad:
			w.WriteHeader(http.StatusBadRequest)
		case s.refuses(r, key) != 0:
			w.WriteHeader(s.refuses(r, key))
		case s.behind > 0: // as S3 does where it takes long
			s.behind--
			_, _ = io.WriteString(w, "\n\n<Error><Code>InternalError</Code></Error>")
		default:
			s.whole(u, names)
			delete(s.uploads, id)
			s.reply(w, http.StatusOK, `<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>`)
		}
	}
	return true
}

func (s *server) partedGCS(w http.ResponseWriter, r *http.Request, key string, b []byte) bool {
	q := r.URL.Query()
	if q.Get("uploadType") == "resumable" {
		var said struct{ Metadata map[string]string }
		if json.Unmarshal(b, &said) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return true
		}
		id := fmt.Sprint(len(s.uploads))
		s.uploads[id] = &pieces{key: key, digest: said.Metadata["sha256"], begun: r}
		w.Header().Set("Location", s.URL+"/upload/storage/v1/b/bucket/o?upload_id="+id+"&X-Signature="+secret)
		return true
	}
	u := s.uploads[q.Get("upload_id")]
	switch {
	case !q.Has("upload_id"):
		return false
	case u == nil:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		delete(s.uploads, q.Get("upload_id"))
		w.WriteHeader(499)
	default:
		var from, to, all int
		if _, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &all); err == nil {
			if from != len(u.bytes) || to-from+1 != len(b) {
				w.WriteHeader(http.StatusBadRequest)
				return true
			}
			if u.bytes = append(u.bytes, b[:len(b)-s.fewer]...); s.fewer > 0 {
				s.fewer = 0
			}
			u.size = all
		}
		if u.size > 0 && len(u.bytes) == u.size {
			if status := s.refuses(u.begun, u.key); status != 0 && !u.done {
				w.WriteHeader(status)
				return true
			}
			if !u.done {
				s.whole(u, nil)
			}
			u.done = true
			s.reply(w, http.StatusOK, fmt.Sprintf(`{"size":"%d","generation":"%d"}`, u.size, s.versions[u.key]))
			return true
		}
		if len(u.bytes) > 0 {
			w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", len(u.bytes)-1))
		}
		w.WriteHeader(http.StatusPermanentRedirect)
	}
	return true
}

// unfinished counts uploads that nobody ended, where that can be done.
func (s *server) unfinished() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.uploads {
		if !u.done && s.kind != "azblob" {
			n++
		}
	}
	return n
}

// TestPutParts: a large object is there as it was, with its digest, and replaces nothing unasked; what is there with
// the same bytes is right, and is not read for that.
func TestPutParts(t *testing.T) {
	small(t)
	whereWritten(t, func(t *testing.T, s *server) {
		for _, n := range []int{100_001, 128 << 10, 300_001} {
			c := contentOf(content(n))
			at := s.at("d/ü b+&=%41.bin")
			o, err := Put(context.Background(), at, c, true)
			if err != nil {
				t.Fatal(err)
			}
			if now, err := Stat(context.Background(), at); err != nil || now != o || o.Size != int64(n) {
				t.Errorf("%+v, then %+v, %v", o, now, err)
			}
			if got, err := all(at, span{n: -1}); err != nil || !bytes.Equal(got, content(n)) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if sum := s.digests["d/ü b+&=%41.bin"]; sum != hex.EncodeToString(c.SHA256[:]) {
				t.Errorf("the digest is %q", sum)
			}
		}
		before := len(s.asked())
		if o, err := Put(context.Background(), s.at("d/ü b+&=%41.bin"), contentOf(content(300_001)), false); err != nil || o.Size != 300_001 {
			t.Errorf("the same again: %+v, %v", o, err)
		}
		for _, r := range s.asked()[before:] {
			if r.Method == http.MethodGet && (s.kind != "gs" || r.URL.Query().Get("alt") == "media") {
				t.Errorf("%s is read", r.URL)
			}
		}
		_, err := Put(context.Background(), s.at("d/ü b+&=%41.bin"), contentOf(bytes.Repeat([]byte("o"), 300_001)), false)
		if faulty(t, err, "there is another object already"); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%v", err)
		}
		if n := s.unfinished(); n > 0 {
			t.Errorf("%d uploads are left", n)
		}
	})
}

// TestPartsLost: of a large object a part that fails is sent again alone, and an answer that is lost makes no other
// object of it.
func TestPartsLost(t *testing.T) {
	small(t)
	whereWritten(t, func(t *testing.T, s *server) {
		failed, parts := map[string]int{}, 0
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method != http.MethodPut || strings.Contains(r.URL.RawQuery, "blocklist") {
				return false
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			parts++
			name := r.URL.RawQuery + r.Header.Get("Content-Range")
			failed[name]++
			if failed[name] == 1 && strings.Contains(r.Header.Get("Content-Range"), "*") {
				return false
			}
			if failed[name] == 1 {
				_, _ = io.CopyN(io.Discard, r.Body, 10_000)
				panic(http.ErrAbortHandler)
			}
			return false
		})
		s.lose, s.behind, s.fewer = 1, 1, 1000
		if o, err := Put(context.Background(), s.at("a"), contentOf(content(200_000)), false); err != nil || o.Size != 200_000 || !bytes.Equal(s.object("a"), content(200_000)) || s.version("a") != 1 {
			t.Errorf("%+v, %d bytes, version %d, %v", o, len(s.object("a")), s.version("a"), err)
		}
		if parts > 20 {
			t.Errorf("%d parts were sent", parts)
		}
		s.answer(nil)
		s.lose = 1
		if o, err := Put(context.Background(), s.at("a"), contentOf(content(200_001)), true); err != nil || o.Size != 200_001 {
			t.Errorf("replaced: %+v, %v", o, err)
		}
	})
}

// TestPartsGivenUp: of a large object that cannot be put nothing is left.
func TestPartsGivenUp(t *testing.T) {
	small(t)
	whereWritten(t, func(t *testing.T, s *server) {
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			if r.Method == http.MethodPut {
				if n++; n == 2 {
					cancel()
				}
			}
			return false
		})
		if _, err := Put(ctx, s.at("a"), contentOf(content(500_000)), false); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		if left := s.unfinished(); s.object("a") != nil || left > 0 {
			t.Errorf("an object of %d bytes, %d uploads are left", len(s.object("a")), left)
		}
		s.answer(func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method == http.MethodPut {
				w.WriteHeader(http.StatusInternalServerError)
			}
			return r.Method == http.MethodPut
		})
		if _, err := Put(context.Background(), s.at("a"), contentOf(content(500_000)), false); !faulty(t, err, "tried 6 times").OfStore() || s.object("a") != nil {
			t.Errorf("%v", err)
		}
		if _, err := Put(context.Background(), s.at("a"), contentOf(content(700_000)), false); err == nil || !strings.Contains(err.Error(), "want at most") {
			t.Errorf("%v", err)
		}
	})
}
