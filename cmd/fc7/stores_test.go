package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fc7/internal/storetest"
	"fc7/pipeline/download"
)

// folderServer serves the files of a folder by https://HOST/PATH, or what a test puts before it: true, it has answered.
type folderServer struct {
	*httptest.Server
	before atomic.Pointer[func(w http.ResponseWriter, r *http.Request) bool]
	asked  atomic.Int64
}

func serveFolder(t *testing.T, dir string) *folderServer {
	t.Helper()
	s := &folderServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		if f := s.before.Load(); f != nil && (*f)(w, r) {
			return
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(r.URL.Path)))
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("ETag", `"`+r.URL.Path+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *folderServer) first(f func(w http.ResponseWriter, r *http.Request) bool) { s.before.Store(&f) }

// remoteData draws images, weights and lists, and serves them.
func remoteData(t *testing.T) (dir string, s *folderServer) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv(download.CacheVariable, filepath.Join(t.TempDir(), "cache"))
	want(t, exitDone, "dataset", "synth", "--images", "4", "--size", "64", filepath.Join(dir, "data"))
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", filepath.Join(dir, "net.safetensors"))
	found, err := filepath.Glob(filepath.Join(dir, "data", "*", "*", "JPEGImages", "*"))
	if err != nil || len(found) != 4 {
		t.Fatal(found, err)
	}
	var list, table string
	for _, f := range found {
		rel, err := filepath.Rel(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		list += filepath.ToSlash(rel) + "\n"
		table += filepath.ToSlash(rel) + ",x\n"
	}
	for name, text := range map[string]string{"l.txt": list, "t.csv": "path,labels\n" + table} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, serveFolder(t, dir)
}

// tableOf is the content of a run's table.
func tableOf(t *testing.T, run string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(run, "features", "*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return string(all)
}

// TestStores: a table of what is read from a store is to the byte that of the same files on a disk, whatever the
// network does meanwhile; weights are brought once.
func TestStores(t *testing.T) {
	dir, s := remoteData(t)
	local := filepath.Join(dir, "local")
	for _, of := range []string{"list:%/l.txt", "csv:%/t.csv"} {
		run := local + of[:3]
		extract := func(at, weights, out string) string {
			return want(t, exitDone, "extract", strings.Replace(of, "%", at, 1), "--weights", weights, "--scales", "224", "--out", out)
		}
		extract(dir, filepath.Join(dir, "net.safetensors"), run)
		var n atomic.Int64
		s.first(func(w http.ResponseWriter, r *http.Request) bool {
			b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(r.URL.Path)))
			switch n.Add(1) % 3 {
			case 1:
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			case 2:
				if err == nil && r.Method == http.MethodGet && r.Header.Get("Range") == "" { // half of it, and no more
					w.Header().Set("ETag", `"`+r.URL.Path+`"`)
					w.Header().Set("Content-Length", strconv.Itoa(len(b)))
					_, _ = w.Write(b[:len(b)/2])
					_ = http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}
			}
			return false
		})
		said := extract(s.URL, s.URL+"/net.safetensors", run+"-remote")
		if !strings.Contains(said, "4 of 4 images are read over the network, from "+s.URL) {
			t.Errorf("%s", said)
		}
		if tableOf(t, run) != tableOf(t, run+"-remote") {
			t.Errorf("%s: the tables differ", of)
		}
	}
	s.first(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet && r.URL.Path == "/net.safetensors" {
			t.Error("the weights were brought again")
		}
		return false
	})
	want(t, exitDone, "extract", "list:"+s.URL+"/l.txt", "--weights", s.URL+"/net.safetensors", "--scales", "224", "--out", local+"-again")
	want(t, exitDone, "verify", local+"-again")
}

// TestStoresFail: an image that is absent is a row that says so; a store that is away stops the run, which goes on.
func TestStoresFail(t *testing.T) {
	dir, s := remoteData(t)
	net, out := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "run")
	b, err := os.ReadFile(filepath.Join(dir, "l.txt"))
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "own.txt")
	first, _, _ := strings.Cut(string(b), "\n")
	if err := os.WriteFile(list, []byte(s.URL+"/"+first+"\n"+s.URL+"/none.jpg\n"+first+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"extract", "list:" + list, "--weights", net, "--scales", "224", "--out", out}
	ctx, cancel := context.WithCancel(t.Context())
	s.first(func(w http.ResponseWriter, _ *http.Request) bool {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	var said bytes.Buffer
	if code := run(ctx, args, newConsole(&said, &said)); code != exitInterrupted {
		t.Fatalf("status %d of a store that is away: %s", code, &said)
	}
	s.first(func(http.ResponseWriter, *http.Request) bool { return false })
	if said := want(t, exitSomeFailed, args...); !strings.Contains(said, "there is no such object") || !strings.Contains(said, "/none.jpg") || !strings.Contains(said, "2 of 3 images are read over the network") {
		t.Error(said)
	}
	if said := want(t, exitFailed, "extract", "list:"+s.URL+"/none.txt", "--weights", net, "--out", out+"2"); !strings.Contains(said, "there is no such object") {
		t.Error(said)
	}
	if said := want(t, exitFailed, "extract", "list:"+list, "--weights", s.URL+"/none.pth", "--out", out+"2"); !strings.Contains(said, "there is no such object") {
		t.Error(said)
	}
	if said := want(t, exitUsage, "extract", "list:"+list, "--weights", s.URL+"/n.pth?sig=hidden", "--out", out+"2"); strings.Contains(said, "hidden") {
		t.Error(said)
	}
}

// TestNoNetwork: what names no address asks no server.
func TestNoNetwork(t *testing.T) {
	dir, s := remoteData(t)
	want(t, exitDone, "extract", "list:"+filepath.Join(dir, "l.txt"), "--weights", filepath.Join(dir, "net.safetensors"), "--scales", "224", "--out", filepath.Join(dir, "run"))
	want(t, exitDone, "verify", filepath.Join(dir, "run"))
	if n := s.asked.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestConvertToStore: weights that are converted to a store are there whole, are what all read by that address, and
// replace nothing unasked.
func TestConvertToStore(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(download.CacheVariable, filepath.Join(dir, "cache"))
	var mu sync.Mutex
	objects := map[string][]byte{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		b, there := objects[r.URL.Path]
		switch {
		case r.Method == http.MethodPut && there && r.Header.Get("If-None-Match") == "*":
			w.WriteHeader(http.StatusPreconditionFailed)
		case r.Method == http.MethodPut:
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			objects[r.URL.Path] = b
			w.Header().Set("ETag", strconv.Quote(fmt.Sprintf("%x", sha256.Sum256(b))))
		case !there:
			w.WriteHeader(http.StatusNotFound)
		default:
			w.Header().Set("ETag", strconv.Quote(fmt.Sprintf("%x", sha256.Sum256(b))))
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		}
	}))
	t.Cleanup(s.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"} {
		t.Setenv(name, value)
	}
	net, half := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "half.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/32", "--out", net)
	want(t, exitDone, "weights", "convert", net, half, "--dtype", "float16")
	const at, second = "s3://bucket/m/half.safetensors", "s3://bucket/again.safetensors"
	want(t, exitDone, "weights", "convert", net, at, "--dtype", "float16")
	b, err := os.ReadFile(half)
	if err != nil || !bytes.Equal(objects["/bucket/m/half.safetensors"], b) {
		t.Errorf("%d bytes are on the store, %d in the file, %v", len(objects["/bucket/m/half.safetensors"]), len(b), err)
	}
	if said := want(t, exitFailed, "weights", "convert", net, at); !strings.Contains(said, "--force") {
		t.Error(said)
	}
	want(t, exitDone, "weights", "convert", net, at, "--force")
	if bytes.Equal(objects["/bucket/m/half.safetensors"], b) {
		t.Error("--force replaced nothing")
	}
	want(t, exitDone, "weights", "convert", at, second)
	if len(objects["/bucket/again.safetensors"]) == 0 {
		t.Error("what was read from the store was not put there")
	}
	for _, out := range []string{"https://example.org/x.safetensors", at, "s3://bucket/x.bin"} {
		want(t, exitUsage, "weights", "convert", at, out)
	}
}

// TestStoreArchives: a table of tar files and of tables of images on a store is to the byte that of the same files on a
// disk.
func TestStoreArchives(t *testing.T) {
	dir, _ := remoteData(t)
	b := storetest.Serve(t)
	found, err := filepath.Glob(filepath.Join(dir, "data", "*", "*", "JPEGImages", "*"))
	if err != nil || len(found) < 4 {
		t.Fatal(found, err)
	}
	for n := range 2 {
		writeTar(t, filepath.Join(dir, "tars", fmt.Sprintf("t-%d.tar", n)), found[2*n:2*n+2])
	}
	b.PutFolder(t, filepath.Join(dir, "tars"), "set/tars")
	net := filepath.Join(dir, "net.safetensors")
	extract := func(spec, out string) string {
		return want(t, exitDone, "extract", spec, "--weights", net, "--scales", "224", "--out", filepath.Join(dir, out))
	}
	extract("tar:"+filepath.Join(dir, "tars"), "disk")
	for i, spec := range []string{"tar:s3://bucket/set/tars", "tar:s3://bucket/set/tars/t-{0,1}.tar", "tar:s3://bucket/set/tars/t-?.tar"} {
		run := fmt.Sprint("store", i)
		if said := extract(spec, run); !strings.Contains(said, "4 of 4 images are read over the network, from s3://bucket") {
			t.Error(said)
		}
		if tableOf(t, filepath.Join(dir, run)) != tableOf(t, filepath.Join(dir, "disk")) {
			t.Errorf("%s: the tables differ", spec)
		}
	}
	want(t, exitDone, "verify", filepath.Join(dir, "store0"), "--sample", "2")
	want(t, exitDone, "plan", "tar:s3://bucket/set/tars", "--weights", net, "--scales", "224", "--out", filepath.Join(dir, "planned"))
	want(t, exitDone, "extract", "--plan", filepath.Join(dir, "planned"))
	if tableOf(t, filepath.Join(dir, "planned")) != tableOf(t, filepath.Join(dir, "disk")) {
		t.Error("the planned table differs")
	}
}

// busySite is a web server, and the hub, as they are on a bad day: each address sends on to another, each object is
// refused with 429 at first, and one may change while it is read.
type busySite struct {
	dir string

	mu      sync.Mutex
	asked   map[string]int
	changes string // end of the path of the object that changes in the middle of its first body; "": none does
	version int    // of it
}

const pinned = "0123456789abcdef0123456789abcdef01234567"

func (s *busySite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, before := range []string{"/web/", "/datasets/o/r/resolve/" + pinned + "/", "/o/net/resolve/" + pinned + "/"} {
		if name, ok := strings.CutPrefix(r.URL.EscapedPath(), before); ok {
			http.Redirect(w, r, "/cdn/"+name, http.StatusFound)
			return
		}
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/cdn/")
	b, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	if !ok || err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.mu.Lock()
	s.asked[name]++
	n, version, cut := s.asked[name], 1, false
	if s.changes != "" && strings.HasSuffix(name, s.changes) {
		version, cut = s.version, r.Method == http.MethodGet && n > 1 && s.version == 1
		if cut {
			s.version++
		}
	}
	s.mu.Unlock()
	if n == 1 {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	w.Header().Set("ETag", fmt.Sprintf(`"v%d"`, version))
	if !cut {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b[:len(b)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// begin lets all be asked for the first time, and one object change.
func (s *busySite) begin(changes string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.changes, s.version = map[string]int{}, changes, 1
}

// TestStoresBusy: a whole job whose list, images and weights come from a web server, or from the hub at a commit, by
// redirections, behind 429: an image that changes while it is read is a row that says so, and no other row suffers;
// computed again, the table is that of a disk.
func TestStoresBusy(t *testing.T) {
	dir, _ := remoteData(t)
	s := &busySite{dir: dir}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("HF_ENDPOINT", server.URL)
	t.Setenv("HF_TOKEN", "none")
	extract := func(at, weights, out string, more ...string) []string {
		return append([]string{"extract", "list:" + at + "/l.txt", "--weights", weights + "/net.safetensors", "--scales", "224", "--out", filepath.Join(dir, out)}, more...)
	}
	want(t, exitDone, extract(dir, dir, "disk")...)
	for i, c := range []struct{ at, weights string }{
		{server.URL + "/web", server.URL + "/web"}, {"hf://datasets/o/r@" + pinned, "hf://o/net@" + pinned},
	} {
		run := fmt.Sprint("run", i)
		s.begin("000002.jpg")
		said := want(t, exitSomeFailed, extract(c.at, c.weights, run)...)
		if !strings.Contains(said, "the object has changed since it was first looked at") || !strings.Contains(said, "000002.jpg") || !strings.Contains(said, "3 ok") {
			t.Errorf("%s: %s", c.at, said)
		}
		if tableOf(t, filepath.Join(dir, run)) == tableOf(t, filepath.Join(dir, "disk")) {
			t.Errorf("%s: a row of two versions of an image is that of the disk", c.at)
		}
		for name, n := range s.asked {
			if n < 2 {
				t.Errorf("%s: %s was asked for %d times", c.at, name, n)
			}
		}
		s.begin("")
		want(t, exitDone, extract(c.at, c.weights, run, "--retry-failed")...)
		if tableOf(t, filepath.Join(dir, run)) != tableOf(t, filepath.Join(dir, "disk")) {
			t.Errorf("%s: computed again, the table is not that of the disk", c.at)
		}
		s.begin("")
		want(t, exitDone, extract(c.at, c.weights, run+"-planned", "--shard-rows", "2")...)
		want(t, exitDone, "verify", filepath.Join(dir, run+"-planned"))
	}
	want(t, exitUsage, extract("hf://datasets/o/r@main", dir, "moving")...)
}

// writeTar writes files to a tar under names of their own, the first one a key.
func writeTar(t *testing.T, path string, files []string) {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: filepath.Base(f), Mode: 0o644, Size: int64(len(text))})
		}
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}
