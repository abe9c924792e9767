// Package storetest serves a bucket of S3 from memory, for tests of what reads and writes stores.
package storetest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Bucket is a bucket, called s3://bucket. Its methods may be called while it serves.
type Bucket struct {
	*httptest.Server

	mu       sync.Mutex
	objects  map[string]object
	changes  int
	requests []string
	before   func(w http.ResponseWriter, r *http.Request, key string) bool
}

type object struct {
	bytes []byte
	etag  string
}

// Serve starts an empty bucket, and lets the environment name its server.
func Serve(t testing.TB) *Bucket {
	t.Helper()
	b := &Bucket{objects: map[string]object{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": b.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
	} {
		t.Setenv(name, value)
	}
	return b
}

// Put stores an object, of a new version.
func (b *Bucket) Put(key string, content []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changes++
	b.objects[key] = object{content, fmt.Sprintf(`"v%d"`, b.changes)}
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
	key := strings.TrimPrefix(r.URL.Path, "/bucket/")
	asked := strings.TrimSpace(r.Method + " " + key + " " + r.Header.Get("Range"))
	lists := r.Method == http.MethodGet && (key == "" || r.URL.Path == "/bucket")
	if lists {
		key = r.URL.Query().Get("prefix")
		asked = "LIST " + key
	}
	b.mu.Lock()
	b.requests = append(b.requests, asked)
	before, o := b.before, b.objects[key]
	b.mu.Unlock()
	if before != nil && before(w, r, key) {
		return
	}
	switch {
	case lists:
		b.list(w, r.URL.Query())
	case r.Method == http.MethodPut:
		b.put(w, r, key)
	case r.Method == http.MethodDelete:
		b.Remove(key)
		w.WriteHeader(http.StatusNoContent)
	case o.etag == "":
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("ETag", o.etag)
		http.ServeContent(w, r, "x.bin", time.Time{}, bytes.NewReader(o.bytes))
	}
}

func (b *Bucket) put(w http.ResponseWriter, r *http.Request, key string) {
	content, err := io.ReadAll(io.LimitReader(r.Body, 1<<30))
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, there := b.objects[key]; there && r.Header.Get("If-None-Match") == "*" {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	b.changes++
	b.objects[key] = object{content, fmt.Sprintf(`"v%d"`, b.changes)}
	w.Header().Set("ETag", b.objects[key].etag)
}

// pageKeys is how many objects are told in an answer, as by S3.
const pageKeys = 1000

// list tells the objects behind a key, a page of them (ListObjectsV2).
func (b *Bucket) list(w http.ResponseWriter, asked url.Values) {
	type content struct {
		Key, ETag string
		Size      int
	}
	var all struct {
		XMLName      xml.Name `xml:"ListBucketResult"`
		IsTruncated  bool
		EncodingType string
		Contents     []content

		NextContinuationToken string `xml:",omitempty"`
	}
	last := ""
	all.EncodingType = asked.Get("encoding-type")
	for _, key := range b.Keys(asked.Get("prefix")) {
		if key <= asked.Get("continuation-token") {
			continue
		}
		if len(all.Contents) == pageKeys {
			all.IsTruncated, all.NextContinuationToken = true, last
			break
		}
		last = key
		b.mu.Lock()
		o := b.objects[key]
		b.mu.Unlock()
		if all.EncodingType == "url" { // as XML cannot hold all keys
			key = url.QueryEscape(key)
		}
		all.Contents = append(all.Contents, content{key, o.etag, len(o.bytes)})
	}
	_ = xml.NewEncoder(w).Encode(all)
}
