package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/download"
)

// explored are calls that keep what they find in RUN/explore, of few steps and folds.
func explored(run string) map[string][]string {
	return map[string][]string{
		"neighbours": {"neighbours", run, "--k", "3"},
		"map":        {"map", run, "--steps", "60", "--perplexity", "2"},
		"suspects":   {"suspects", run, "--folds", "2"},
	}
}

// TestExploreOnStores: what neighbours, map and suspects keep of a run on a store stands there, with the bytes that it
// has on a disk, and is read by the next call, with another cache too, until the table is another one.
func TestExploreOnStores(t *testing.T) {
	j, b := storedRun(t)
	disk := explored(j.out("photos"))
	for name, args := range explored(storedAt) {
		want(t, exitDone, disk[name]...)
		said := want(t, exitDone, args...)
		if strings.Contains(said, "kept from before") || !strings.Contains(said, storedAt+"/explore/"+name+".parquet") {
			t.Errorf("%s: %s", name, said)
		}
		for _, ending := range []string{".parquet", ".json"} {
			made, err := os.ReadFile(filepath.Join(j.out("photos"), "explore", name+ending))
			if put, ok := b.Get("runs/photos/explore/" + name + ending); err != nil || !ok || !bytes.Equal(made, put) {
				t.Errorf("%s%s: %d bytes on the store, %d on the disk, %v", name, ending, len(put), len(made), err)
			}
		}
		b.Asked()
		if said := want(t, exitDone, args...); !strings.Contains(said, "kept from before") || strings.Contains(said, "explore/"+name+".parquet: reads") {
			t.Errorf("%s again: %s", name, said)
		}
	}
	t.Setenv(download.CacheVariable, filepath.Join(t.TempDir(), "other"))
	for name, args := range explored(storedAt) {
		said := want(t, exitDone, args...)
		if !strings.Contains(said, "kept from before") || !strings.Contains(said, storedAt+"/explore/"+name+".parquet: reads") {
			t.Errorf("%s with another cache: %s", name, said)
		}
		for _, other := range []string{"neighbours", "map", "suspects"} {
			if other > name && strings.Contains(said, other+".parquet: reads") {
				t.Errorf("%s reads what %s kept", name, other)
			}
		}
	}
	for _, asked := range b.Asked() {
		if strings.HasPrefix(asked, "PUT") || strings.HasPrefix(asked, "DELETE") {
			t.Errorf("what is kept was made again: %s", asked)
		}
	}
	whole, _ := b.Get("runs/photos/explore/map.parquet")
	spoilt := bytes.Clone(whole)
	spoilt[len(spoilt)/2] ^= 1
	b.Put("runs/photos/explore/map.parquet", spoilt)
	if said := want(t, exitDone, explored(storedAt)["map"]...); strings.Contains(said, "kept from before") {
		t.Error(said)
	}
	if now, _ := b.Get("runs/photos/explore/map.parquet"); !bytes.Equal(now, whole) {
		t.Error("what was spoilt was not put there anew")
	}
	b.Remove("runs/photos/explore/map.json")
	b.Put("runs/photos/explore/map.parquet", []byte("of somebody else"))
	if said := want(t, exitFailed, explored(storedAt)["map"]...); !strings.Contains(said, storedAt+"/explore/map.parquet is not fc7's") {
		t.Error(said)
	}
}

// TestExploreAddOnStores: another run on a store is placed on the map of one.
func TestExploreAddOnStores(t *testing.T) {
	j, b := storedRun(t)
	b.PutFolder(t, j.out("photos"), "runs/more")
	add := []string{"--add", "s3://bucket/runs/more/"}
	if said := want(t, exitDone, append(explored(storedAt)["map"], add...)...); !strings.Contains(said, storedAt+"/explore/map-with-") {
		t.Error(said)
	}
	if said := want(t, exitDone, append(explored(j.out("photos"))["map"], add...)...); !strings.Contains(said, j.out("photos")) {
		t.Error(said)
	}
	if n := len(b.Keys("runs/more/explore/")); n > 0 {
		t.Errorf("%d objects were put into the run that was added", n)
	}
}

// TestExploreRefused: where a run's store may not be written to, that is told before the work.
func TestExploreRefused(t *testing.T) {
	_, b := storedRun(t)
	b.First(func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	})
	calls := explored(storedAt)
	calls["svm"] = []string{"svm", storedAt, "--protocol", "voc2007", "--c", "1", "--force"}
	for name, args := range calls {
		if said := want(t, exitFailed, args...); !strings.Contains(said, "access is refused") || !strings.Contains(said, "is put into it") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// TestOwnPages: a page in the run's own place gives way to the next one of its verb, on a disk and on a store; a file
// of others stays there, unless it is given up.
func TestOwnPages(t *testing.T) {
	j, b := storedRun(t)
	disk := j.out("photos")
	mine := []byte("<!doctype html>\n<title>mine</title>")
	for verb, args := range map[string][]string{"report": {"--no-images"}, "explore": {"--thumbnails", "0"}} {
		file := filepath.Join(disk, verb+".html")
		for _, run := range []string{disk, storedAt} {
			call := append([]string{verb, run}, args...)
			put := func() {
				b.Put("runs/photos/"+verb+".html", mine)
				if err := os.WriteFile(file, mine, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			now := func() []byte {
				text, err := os.ReadFile(file)
				if run == storedAt {
					text, _ = b.Get("runs/photos/" + verb + ".html")
				}
				if err != nil {
					t.Fatal(err)
				}
				return text
			}
			put()
			if said := want(t, exitFailed, call...); !strings.Contains(said, run+"/"+verb+".html is no page that fc7 "+verb+" wrote") || !bytes.Equal(now(), mine) {
				t.Errorf("%v: %s", call, said)
			}
			want(t, exitDone, append(call, "--force")...)
			if bytes.Equal(now(), mine) {
				t.Errorf("%v: what was given up is there", call)
			}
			want(t, exitDone, call...)
		}
	}
}
