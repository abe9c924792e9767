package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain: what waits for seconds does so for milliseconds, but for real servers, which take their time.
func TestMain(m *testing.M) {
	if os.Getenv("FC7_TEST_STORES")+os.Getenv("FC7_TEST_PUT")+os.Getenv("FC7_TEST_GET") != "" {
		os.Exit(m.Run())
	}
	usual.first, usual.longest = time.Millisecond, 2*time.Second
	usual.renewed = 64 << 10
	os.Exit(m.Run())
}

// server is a store of one kind, in memory, with faults. Its methods may be called while it serves.
type server struct {
	*httptest.Server
	kind string // the scheme, but of the hub's files "cdn" and of weak web servers "plain"

	mu       sync.Mutex
	objects  map[string][]byte
	versions map[string]int
	fault    func(w http.ResponseWriter, r *http.Request, n int) bool // answers request n itself
	digests  map[string]string                                        // that objects were put with in parts
	uploads  map[string]*pieces                                       // in the making
	lose     int                                                      // so many next writes are done and not answered
	behind   int                                                      // so many errors come behind a status of success
	fewer    int                                                      // so many bytes of the next part are not taken
	cut      func(n int) int                                          // of body n, the bytes after which it is cut; -1: none
	slow     bool                                                     // nothing comes after those bytes, instead of a cut
	requests []*http.Request
	bodies   int
}

// kinds are the schemes that the shared tests are run on; the hub's server sends on to another one.
var kinds = []string{"s3", "gs", "azblob", "http", "hf"}

// serve starts a server and sets the environment so that it is the one that is asked.
func serve(t *testing.T, kind string) *server {
	t.Helper()
	s := &server{kind: kind, objects: map[string][]byte{}, versions: map[string]int{}, digests: map[string]string{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": secret, "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
		"STORAGE_EMULATOR_HOST":           s.URL,
		"AZURE_STORAGE_CONNECTION_STRING": "AccountName=acc;AccountKey=" + secret + "=;BlobEndpoint=" + s.URL + "/acc",
		"HF_ENDPOINT":                     s.URL, "HF_TOKEN": secret,
	} {
		t.Setenv(name, value)
	}
	return s
}

// secret must be in no error.
const secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U"

const commit = "0123456789abcdef0123456789abcdef01234567"

// at is the address of a key.
func (s *server) at(key string) string {
	switch s.kind {
	case "http":
		return s.URL + "/" + (&url.URL{Path: key}).EscapedPath()
	case "hf":
		return "hf://datasets/o/r@" + commit + "/" + key
	}
	return s.kind + "://bucket/" + key
}

// put stores an object, of a new version.
func (s *server) put(key string, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[key] = b
	s.versions[key]++
}

// object is what is stored, nil where nothing is.
func (s *server) object(key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[key]
}

func (s *server) version(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.versions[key]
}

// answer has f answer what it wants to from now on. A request that was given up may be served still.
func (s *server) answer(f func(w http.ResponseWriter, r *http.Request, n int) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// cutting has bodies cut from now on, or made slow.
func (s *server) cutting(slow bool, after func(n int) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow, s.cut = slow, after
}

func (s *server) asked() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// keyOf takes the key out of a request, and says what of it is wanted.
func (s *server) keyOf(r *http.Request) (key string, ok bool) {
	path := r.URL.EscapedPath()
	before := map[string]string{
		"s3": "/bucket/", "gs": "/storage/v1/b/bucket/o/", "azblob": "/acc/bucket/", "http": "/", "hf": "/datasets/o/r/resolve/" + commit + "/",
	}[s.kind]
	if s.kind == "hf" && strings.HasPrefix(path, "/cdn/") {
		before = "/cdn/"
	}
	if s.kind == "gs" && r.Method == http.MethodPost {
		return r.URL.Query().Get("name"), path == "/upload/storage/v1/b/bucket/o"
	}
	if s.kind == "gs" && r.URL.Query().Has("upload_id") {
		return "", true
	}
	path, ok = strings.CutPrefix(path, before)
	key, err := url.PathUnescape(path)
	return key, ok && err == nil
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, r)
	fault := s.fault
	s.mu.Unlock()
	if fault != nil && fault(w, r, n) {
		return
	}
	key, ok := s.keyOf(r)
	s.mu.Lock()
	b, there := s.objects[key]
	version, sum := strconv.Itoa(s.versions[key]), s.digests[key]
	s.mu.Unlock()
	signed := map[string]string{"s3": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", "azblob": "SharedKey acc:", "hf": "Bearer " + secret}[s.kind]
	switch cdn := s.kind == "hf" && strings.HasPrefix(r.URL.Path, "/cdn/"); {
	case !cdn && !strings.HasPrefix(r.Header.Get("Authorization"), signed):
		w.WriteHeader(http.StatusUnauthorized)
	case s.lists(r):
		s.list(w, r)
	case ok && (r.Method == http.MethodPut || r.Method == http.MethodPost || r.Method == http.MethodDelete):
		s.write(w, r, key)
	case !ok || !there:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code></Error>")
	case s.kind == "hf" && !cdn && len(b) > 100:
		http.Redirect(w, r, "/cdn/"+escaped(key, true)+"?X-Signature="+secret, http.StatusFound)
	case s.kind == "gs":
		s.google(w, r, key, b, version)
	default:
		w.Header().Set("ETag", `"v`+version+`"`)
		if sum != "" {
			w.Header().Set(map[string]string{"s3": s3Digest, "azblob": azureDigest}[s.kind], sum)
		}
		s.content(w, r, b)
	}
}

// write puts or removes an object as each store does.
func (s *server) write(w http.ResponseWriter, r *http.Request, key string) {
	b, err := io.ReadAll(r.Body)
	sum := sha256.Sum256(b)
	if s.kind == "s3" && r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]) || err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parted(w, r, key, b) {
		return
	}
	_, there := s.objects[key]
	status := map[string]int{"s3": http.StatusOK, "gs": http.StatusOK, "azblob": http.StatusCreated}[s.kind]
	switch {
	case r.Method == http.MethodDelete && !there && s.kind != "s3":
		status = http.StatusNotFound
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		status = map[string]int{"azblob": http.StatusAccepted}[s.kind]
		if status == 0 {
			status = http.StatusNoContent
		}
	case s.refuses(r, key) != 0:
		status = s.refuses(r, key)
	case s.kind == "azblob" && r.Header.Get("X-Ms-Blob-Type") != "BlockBlob":
		status = http.StatusBadRequest
	default:
		s.objects[key] = b
		s.versions[key]++
		delete(s.digests, key)
	}
	if s.lose > 0 {
		s.lose--
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("ETag", `"v`+strconv.Itoa(s.versions[key])+`"`)
	w.WriteHeader(status)
	if s.kind == "gs" && status == http.StatusOK {
		_ = json.NewEncoder(w).Encode(map[string]string{"size": strconv.Itoa(len(b)), "generation": strconv.Itoa(s.versions[key])})
	}
}

// refuses is the status of a request whose condition does not hold of what stands there; 0: it holds. The server is
// locked.
func (s *server) refuses(r *http.Request, key string) int {
	_, there := s.objects[key]
	generation := r.URL.Query().Get("ifGenerationMatch")
	version, was := strconv.Itoa(s.versions[key]), strings.Trim(r.Header.Get("If-Match"), `"v`)
	if generation != "" && generation != "0" {
		was = generation
	}
	switch absent := r.Header.Get("If-None-Match") == "*" || generation == "0"; {
	case absent && there && s.kind == "azblob":
		return http.StatusConflict
	case absent && there, was != "" && there && was != version, was != "" && !there && s.kind != "s3":
		return http.StatusPreconditionFailed
	case was != "" && !there:
		return http.StatusNotFound
	}
	return 0
}

func (s *server) google(w http.ResponseWriter, r *http.Request, key string, b []byte, version string) {
	if want := r.URL.Query().Get("generation"); want != "" && want != version {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.URL.Query().Get("alt") != "media" {
		_ = json.NewEncoder(w).Encode(map[string]any{"size": strconv.Itoa(len(b)), "generation": version, "metadata": map[string]string{"sha256": s.digests[key]}})
		return
	}
	w.Header().Set("X-Goog-Generation", version)
	s.content(w, r, b)
}

// content sends an object as net/http does, which knows ranges and conditions, up to where it is to be cut.
func (s *server) content(w http.ResponseWriter, r *http.Request, b []byte) {
	s.mu.Lock()
	limit := -1
	if s.cut != nil && r.Method == http.MethodGet {
		limit = s.cut(s.bodies)
		s.bodies++
	}
	slow := s.slow
	s.mu.Unlock()
	http.ServeContent(&cutter{ResponseWriter: w, left: limit, slow: slow, gone: r.Context().Done()}, r, "x.bin", time.Time{}, bytes.NewReader(b))
}

// cutter ends a connection after some bytes.
type cutter struct {
	http.ResponseWriter
	left int // below 0: all
	slow bool
	gone <-chan struct{}
}

func (c *cutter) Write(b []byte) (int, error) {
	if c.left < 0 || c.left >= len(b) {
		if c.left >= 0 {
			c.left -= len(b)
		}
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	if c.slow {
		<-c.gone
	}
	panic(http.ErrAbortHandler)
}

// content is n bytes that are at no other place the same.
func content(n int) []byte {
	contents.Lock()
	defer contents.Unlock()
	for len(contents.made) < n {
		contents.made = append(strconv.AppendInt(contents.made, contents.next, 10), ',')
		contents.next++
	}
	return slices.Clone(contents.made[:n])
}

// contents is the longest content so far: to make 3 MB takes seconds under the race detector.
var contents struct {
	sync.Mutex
	made []byte
	next int64
}
