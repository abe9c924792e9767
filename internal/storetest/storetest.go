// Package storetest serves a bucket from memory, in the language of S3, of Google's Cloud Storage or of Azure's Blob
// Storage, for tests of what reads and writes stores.
package storetest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Bucket is a bucket, called s3://bucket, or gs://bucket or azblob://bucket. Its methods may be called while it serves.
type Bucket struct {
	*httptest.Server
	kind string // the scheme

	mu       sync.Mutex
	objects  map[string]object
	changes  int
	requests []string
	before   func(w http.ResponseWriter, r *http.Request, key string) bool
}

type object struct {
	bytes   []byte
	version int // 0: it is not there
}

// Serve starts an empty bucket of S3, and lets the environment name its server.
func Serve(t testing.TB) *Bucket {
	t.Helper()
	return ServeAs(t, "s3")
}

// Kinds are the schemes of the stores that a bucket may be of.
func Kinds() []string { return []string{"s3", "gs", "azblob"} }

// ServeAs is Serve of a bucket of a kind.
func ServeAs(t testing.TB, kind string) *Bucket {
	t.Helper()
	b := &Bucket{kind: kind, objects: map[string]object{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": b.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
		"STORAGE_EMULATOR_HOST":           b.URL,
		"AZURE_STORAGE_CONNECTION_STRING": "AccountName=acc;AccountKey=a2V5;BlobEndpoint=" + b.URL + "/acc",
	} {
		t.Setenv(name, value)
	}
	return b
}

// At is the address of a key.
func (b *Bucket) At(key string) string { return b.kind + "://bucket/" + key }

// Put stores an object, of a new version.
func (b *Bucket) Put(key string, content []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changes++
	b.objects[key] = object{content, b.changes}
}

// PutFolder stores the files of a folder, below a key where one is given.
func (b *Bucket) PutFolder(t testing.TB, dir, key string) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		b.Put(strings.TrimPrefix(key+"/"+filepath.ToSlash(rel), "/"), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Get is an object; false: there is none.
func (b *Bucket) Get(key string) ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.objects[key]
	return o.bytes, ok
}

// Remove removes an object.
func (b *Bucket) Remove(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
}

// Keys are those of all objects below a key, in order.
func (b *Bucket) Keys(below string) (keys []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(key, below) {
			keys = append(keys, key)
		}
	}
	return keys
}

// First puts a function before what answers: true, it has answered. The key of a list is its prefix.
func (b *Bucket) First(f func(w http.ResponseWriter, r *http.Request, key string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before = f
}

// Asked are the requests since the last call: "GET key bytes=0-9", "LIST prefix".
func (b *Bucket) Asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.requests
	b.requests = nil
	return all
}

func (b *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ask := b.wish(r)
	b.mu.Lock()
	b.requests = append(b.requests, strings.TrimSpace(ask.verb+" "+ask.key+" "+r.Header.Get("Range")))
	before, o := b.before, b.objects[ask.key]
	b.mu.Unlock()
	if before != nil && before(w, r, ask.key) {
		return
	}
	b.answer(w, r, o)
}

// answer does what a request asks for.
func (b *Bucket) answer(w http.ResponseWriter, r *http.Request, o object) {
	switch ask := b.wish(r); {
	case ask.verb == list:
		b.list(w, ask)
	case ask.verb == http.MethodPut:
		b.put(w, r, ask)
	case o.version == 0 && (ask.verb != http.MethodDelete || b.kind != "s3"), b.kind == "gs" && ask.verb == http.MethodGet && ask.was != "" && ask.was != b.version(o):
		w.WriteHeader(http.StatusNotFound)
	case ask.verb == http.MethodDelete:
		b.Remove(ask.key)
		w.WriteHeader(map[bool]int{true: http.StatusAccepted, false: http.StatusNoContent}[b.kind == "azblob"])
	case b.kind == "gs" && ask.verb == http.MethodHead:
		b.tell(w, o)
	default:
		b.head(w, o)
		http.ServeContent(w, r, "x.bin", time.Time{}, bytes.NewReader(o.bytes))
	}
}

func (b *Bucket) put(w http.ResponseWriter, r *http.Request, ask wish) {
	content, err := io.ReadAll(io.LimitReader(r.Body, 1<<30))
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if status := b.refuses(ask, b.objects[ask.key]); status != 0 {
		w.WriteHeader(status)
		return
	}
	b.changes++
	o := object{content, b.changes}
	b.objects[ask.key] = o
	switch b.head(w, o); b.kind {
	case "gs":
		b.tell(w, o)
	case "azblob":
		w.WriteHeader(http.StatusCreated)
	}
}
