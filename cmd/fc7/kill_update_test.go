package main

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKillUpdate kills updates of a table to a data set that grew, lost images and has others under old names. At any
// moment the table there is whole, the old one or the new one; completed, it is that of a fresh run, digests and all.
func TestKillUpdate(t *testing.T) {
	j := newSmallJob(t, "24")
	images, err := filepath.Glob(filepath.Join(j.data, "*", "*", "JPEGImages", "*.jpg"))
	if err != nil || len(images) != 24 {
		t.Fatalf("%d images, %v", len(images), err)
	}
	photos := filepath.Join(j.dir, "photos")
	put := func(name string, n int) {
		b, err := os.ReadFile(images[n])
		if err == nil {
			err = os.MkdirAll(photos, 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(photos, name), b, 0o644)
		}
		at := time.Now().Add(-time.Hour)
		if err == nil {
			err = os.Chtimes(filepath.Join(photos, name), at, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 16 {
		put(string(rune('a'+n))+".jpg", n)
	}
	args := func(out string, more ...string) []string {
		return append([]string{"extract", "folder:" + photos, "--weights", j.net, "--layer", "pool5", "--scales", "96", "--shard-rows", "2", "-o", j.out(out)}, more...)
	}
	want(t, exitDone, args("old")...)
	old := files(t, j.out("old"))
	for n := 16; n < 23; n++ {
		put("m"+string(rune('a'+n))+".jpg", n)
	}
	put("c.jpg", 23)
	for _, name := range []string{"d.jpg", "k.jpg"} {
		if err := os.Remove(filepath.Join(photos, name)); err != nil {
			t.Fatal(err)
		}
	}
	want(t, exitDone, args("fresh")...)
	fresh := files(t, j.out("fresh"))
	copyRun(t, j.out("old"), j.out("calm"))
	began := time.Now()
	if out := want(t, exitDone, args("calm", "--update")...); !strings.Contains(out, "update: 13 rows kept, 7 new, 1 changed, 2 gone") {
		t.Error(out)
	}
	took := time.Since(began)
	sameFiles(t, fresh, files(t, j.out("calm")))
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	random := rand.New(rand.NewPCG(6, 6))
	for range rounds {
		if err := os.RemoveAll(j.out("killed")); err != nil {
			t.Fatal(err)
		}
		copyRun(t, j.out("old"), j.out("killed"))
		for range 3 {
			killed(t, args("killed", "--update"), time.Duration(random.Float64()*1.2*float64(took)), syscall.SIGKILL)
			got := files(t, j.out("killed"))
			if !sameTable(got, old) && !sameTable(got, fresh) {
				t.Fatal("the table is neither the old nor the new one")
			}
		}
		want(t, exitDone, args("killed", "--update")...)
		sameFiles(t, fresh, files(t, j.out("killed")))
		if out := want(t, exitDone, "verify", j.out("killed")); !strings.Contains(out, "no problems") || strings.Contains(out, "note") {
			t.Error(out)
		}
		if got, want := runFiles(t, j.out("killed")), runFiles(t, j.out("fresh")); !slices.Equal(got, want) {
			t.Errorf("the folder holds %v, want %v", got, want)
		}
	}
}

// runFiles lists all files and folders of a run, or below another folder, hidden ones too.
func runFiles(t *testing.T, run string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(run, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(run, path) // of a path below it
		all = append(all, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func copyRun(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func sameTable(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, slices.Equal[[]byte]) }
