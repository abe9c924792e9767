package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/storetest"
)

// TestFaultsOnStores: on a store of each kind, where connections end in bodies, answers are lost or slow, and 503
// comes, a table of images that are there too, made by two tasks at the same files, is that of a disk.
func TestFaultsOnStores(t *testing.T) {
	dir, _ := remoteData(t)
	net := filepath.Join(dir, "net.safetensors")
	settings := []string{"--weights", net, "--layer", "pool5", "--scales", "96", "--shard-rows", "2", "--out"}
	want(t, exitDone, append([]string{"extract", "list:" + filepath.Join(dir, "l.txt")}, append(settings, filepath.Join(dir, "calm"))...)...)
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			b := storetest.ServeAs(t, kind)
			b.PutFolder(t, filepath.Join(dir, "data"), "data")
			list, err := os.ReadFile(filepath.Join(dir, "l.txt"))
			if err != nil {
				t.Fatal(err)
			}
			b.Put("l.txt", list)
			at := b.At("runs/r")
			left := b.Meet(
				storetest.Fault{Verb: "GET", Part: "l.txt", How: storetest.Cut},
				storetest.Fault{Verb: "PUT", Part: "plan/items", How: storetest.Lost},
				storetest.Fault{Verb: "PUT", Part: "plan.json", How: storetest.Lost},
				storetest.Fault{Verb: "GET", Part: "plan.json", How: storetest.Slow},
				storetest.Fault{Verb: "GET", Part: "plan/items", How: storetest.Cut},
				storetest.Fault{Verb: "GET", Part: ".jpg", How: storetest.Cut},
				storetest.Fault{Verb: "GET", Part: ".jpg", How: storetest.Slow},
				storetest.Fault{Verb: "PUT", Part: "features/", How: storetest.Lost},
				storetest.Fault{Verb: "PUT", Part: "done/", How: storetest.Lost},
				storetest.Fault{Verb: "LIST", Part: "done", How: storetest.Busy},
				storetest.Fault{Verb: "DELETE", Part: "tmp/", How: storetest.Away},
				storetest.Fault{Verb: "PUT", Part: "manifest.json", How: storetest.Lost},
			)
			want(t, exitDone, append([]string{"plan", "list:" + b.At("l.txt")}, append(settings, at)...)...)
			twice(t, at)
			want(t, exitDone, "merge", at, "--verify", "full")
			if unmet := left(); len(unmet) > 0 {
				t.Errorf("not met: %+v", unmet)
			}
			sameFiles(t, files(t, filepath.Join(dir, "calm")), featuresOf(b))
			for _, key := range b.Keys("") {
				if strings.Contains(key, "/tmp/") {
					t.Errorf("left: %s", key)
				}
			}
		})
	}
}

// twice lets two tasks make the same table at once.
func twice(t *testing.T, at string) {
	t.Helper()
	ended := make(chan string)
	for range 2 {
		go func() {
			var said bytes.Buffer
			if code := run(t.Context(), []string{"extract", "--plan", at}, newConsole(&said, &said)); code != exitDone {
				ended <- fmt.Sprintf("status %d: %s", code, &said)
				return
			}
			ended <- ""
		}()
	}
	for range 2 {
		if said := <-ended; said != "" {
			t.Error(said)
		}
	}
}
