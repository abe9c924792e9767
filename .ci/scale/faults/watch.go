package main

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"fc7/scale/scene"
)

// watcher looks all the time at what stands on the store, by the folder that holds its objects, and keeps each content
// that it saw.
type watcher struct {
	dir   string
	stop  chan struct{}
	ended sync.WaitGroup
	seen  map[string]map[[32]byte]bool // by path
	looks int
}

func watch(dir string) *watcher {
	w := &watcher{dir: dir, stop: make(chan struct{}), seen: map[string]map[[32]byte]bool{}}
	w.ended.Go(func() {
		for {
			w.look()
			select {
			case <-w.stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return w
}

// private tells whether the gateway keeps something for itself.
func private(path string) bool { return strings.Contains(path, ".sgwtmp") }

func (w *watcher) look() {
	w.looks++
	_ = filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || private(path) {
			return nil // it has gone meanwhile
		}
		if b, err := os.ReadFile(path); err == nil {
			if w.seen[path] == nil {
				w.seen[path] = map[[32]byte]bool{}
			}
			w.seen[path][sha256.Sum256(b)] = true
		}
		return nil
	})
}

// end makes sure that what stands now, below some folders or as some objects, never had another content.
func (w *watcher) end(s *scene.Scene, at ...string) (objects int) {
	close(w.stop)
	w.ended.Wait()
	w.look()
	for _, path := range at {
		s.Must(filepath.WalkDir(filepath.Join(w.dir, path), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || private(path) {
				return err
			}
			objects++
			if n := len(w.seen[path]); n != 1 {
				s.Fail("%s was seen with %d contents: it did not appear whole", path, n)
			}
			return nil
		}))
	}
	return objects
}
