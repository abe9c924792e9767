package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// indexed writes a set's index in files of so many items and reads a range of the items back.
func indexed(t *testing.T, s *Set, o Options, perFile, first, end int) *Set {
	t.Helper()
	n, err := s.Indexed()
	if err != nil {
		t.Fatal(err)
	}
	share := n.Share(o, end-first)
	for at := 0; at < len(s.Items); at += perFile {
		items := s.Items[at:min(at+perFile, len(s.Items))]
		var file bytes.Buffer
		if err := n.WriteIndex(&file, items, pinsOf(items)); err != nil {
			t.Fatal(err)
		}
		from, to := max(first-at, 0), min(end-at, len(items))
		if from >= to {
			continue
		}
		if err := share.Add(file.Bytes(), from, to); err != nil {
			t.Fatal(err)
		}
	}
	return share.Set()
}

// pinsOf are what is known of items on a disk.
func pinsOf(items []Item) []Pin {
	pins := make([]Pin, len(items))
	for i := range items {
		pins[i] = items[i].At.LocalPin()
	}
	return pins
}

// TestIndexPins: what is known of an item's bytes is read back, and an archive that is another one by now is told of.
func TestIndexPins(t *testing.T) {
	dir := tree(t, map[string]string{"list.txt": "a.jpg\nb.jpg\nc.jpg\n", "a.jpg": "a", "b.jpg": "bb", "0.tar": string(tarBytes(t, member{"k.jpg", "image k"}))})
	writeTable(t, filepath.Join(dir, "t.parquet"), hubRows(0, 7, false), 3)
	s := mustOpen(t, "list:"+filepath.Join(dir, "list.txt"), Options{})
	n, err := s.Indexed()
	if err != nil {
		t.Fatal(err)
	}
	want := pinsOf(s.Items)
	want[1].Version, want[1].SHA256 = "v1", &[32]byte{7}
	var file bytes.Buffer
	if err := n.WriteIndex(&file, s.Items, want); err != nil {
		t.Fatal(err)
	}
	share := n.Share(Options{}, 3)
	if err := share.Add(file.Bytes(), 0, 3); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if got := share.Set().Pin(i); !reflect.DeepEqual(*got, want[i]) {
			t.Errorf("item %d: %+v, want %+v", i, got, want[i])
		}
	}
	if want[0].Size != 1 || want[1].Size != 2 || want[2].Size >= 0 || s.Pin(0) != nil {
		t.Errorf("%+v", want)
	}
	for spec, change := range map[string]func(path string){
		"tar:0.tar":         func(path string) { tarAgain(t, path) },
		"parquet:t.parquet": func(path string) { writeTable(t, path, hubRows(0, 9, false), 3) },
	} {
		kind, name, _ := strings.Cut(spec, ":")
		s := mustOpen(t, kind+":"+filepath.Join(dir, name), Options{})
		was := indexed(t, s, Options{}, 100, 0, len(s.Items))
		pins := pinsOf(s.Items)
		change(filepath.Join(dir, name))
		n, err := s.Indexed()
		var file bytes.Buffer
		if err := errors.Join(err, n.WriteIndex(&file, s.Items, pins)); err != nil {
			t.Fatal(err)
		}
		share := n.Share(Options{}, len(s.Items))
		if err := share.Add(file.Bytes(), 0, len(s.Items)); err != nil {
			t.Fatal(err)
		}
		for i := range s.Items {
			if p := was.Pin(i); p.Replaced != "" {
				t.Errorf("%s: %+v", spec, p)
			}
			if p := share.Set().Pin(i); !strings.Contains(p.Replaced, fmt.Sprintf("and had %d", pins[i].Size)) || share.Set().Items[i].At.String() != s.Items[i].At.String() {
				t.Errorf("%s: %+v", spec, p)
			}
		}
	}
}

// tarAgain writes another tar in the place of one.
func tarAgain(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, tarBytes(t, member{"j.jpg", "image j"}, member{"k.jpg", "image k"}), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestIndex: items that are read from an index, of any range, say and hold what those of the opened set do, from any
// working folder, and tables name them alike.
func TestIndex(t *testing.T) {
	dir := tree(t, map[string]string{
		"photos.csv": "path,labels,ignored,split,xmin,ymin,xmax,ymax\na b.jpg,cat;dog,ox,train,,,,\nü/c.jpg,,,test,-3,2,9,2147483647\nü/c.jpg,dog,,test,1,1,2,2\n",
		"list.txt":   "x/1.jpg\n../2.jpg\n./x//3.jpg\n",
		"abs.txt":    "x/1.jpg\n/photos/4.jpg\n",
		"far.txt":    "s3://bucket/a/1.jpg\nx/1.jpg\ns3://bucket/b c.jpg\n",
		"a b.jpg":    "a", "ü/c.jpg": "c", "x/1.jpg": "1", "x/3.jpg": "3",
		"shards/0.tar": string(tarBytes(t, member{"k.jpg", "image k"}, member{"k.cls", "7"}, member{"l.jpg", "image l"})),
		"shards/1.tar": string(tarBytes(t, member{"m.jpg", "image m"})),
	})
	writeTable(t, filepath.Join(dir, "hub", "train.parquet"), hubRows(0, 7, false), 3)
	t.Chdir(dir)
	for _, c := range []struct {
		spec string
		read bool
	}{{"csv:photos.csv", true}, {"list:list.txt", false}, {"list:abs.txt", false}, {"list:far.txt", false}, {"tar:shards", true}, {"parquet:hub", true}, {"folder:x", true}, {"csv:" + filepath.Join(dir, "photos.csv"), true}} {
		if err := os.Chdir(dir); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, c.spec, Options{})
		places := s.Places()
		for first := range s.Items {
			if err := os.Chdir(dir); err != nil {
				t.Fatal(err)
			}
			got := indexed(t, s, Options{}, 2, first, len(s.Items))
			if err := os.Chdir(filepath.Dir(dir)); err != nil {
				t.Fatal(err)
			}
			if len(got.Items) != len(s.Items)-first || got.Kind != s.Kind {
				t.Fatalf("%s: %d items of kind %s", c.spec, len(got.Items), got.Kind)
			}
			now := got.Places()
			for i := range got.Items {
				a, b := s.Items[first+i], got.Items[i]
				if a.ID != b.ID || a.Object != b.Object || a.None != b.None || !reflect.DeepEqual(a.Box, b.Box) ||
					!reflect.DeepEqual([][]string{a.Labels(), a.Ignored(), a.Splits()}, [][]string{b.Labels(), b.Ignored(), b.Splits()}) {
					t.Errorf("%s: item %d is %+v, want %+v", c.spec, first+i, b, a)
				}
				if p, q := places.Path(a.At.Path), now.Path(b.At.Path); p != q {
					t.Errorf("%s: item %d is in %s, want %s", c.spec, first+i, q, p)
				}
				if !c.read {
					continue
				}
				found := content(t, b)
				if err := os.Chdir(dir); err != nil {
					t.Fatal(err)
				}
				if want := content(t, a); found != want {
					t.Errorf("%s: item %d holds %q, want %q", c.spec, first+i, found, want)
				}
				if err := os.Chdir(filepath.Dir(dir)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestIndexRefuses: a file of an index that is short, or none, is an error.
func TestIndexRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.parquet")
	writeTable(t, path, hubRows(0, 7, false), 3)
	s := mustOpen(t, "parquet:"+path, Options{})
	n, err := s.Indexed()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := n.WriteIndex(&file, s.Items, pinsOf(s.Items)); err != nil {
		t.Fatal(err)
	}
	wantError(t, n.Share(Options{}, 0).Add(file.Bytes(), 3, 8), "7 items, want 8")
	wantError(t, n.Share(Options{}, 0).Add(file.Bytes()[:9], 0, 1), "")
	wantError(t, n.Share(Options{}, 0).Add([]byte("PAR1 is no table"), 0, 1), "")
}

// TestAnyLength: a list or table that is longer than lists are is opened where any length is asked for.
func TestAnyLength(t *testing.T) {
	lines, table := pathLimits, tableLimits
	t.Cleanup(func() { pathLimits, tableLimits = lines, table })
	pathLimits.lines, tableLimits.rows, tableLimits.json = 2, 2, 20
	dir := tree(t, map[string]string{"l.txt": "a.jpg\nb.jpg\nc.jpg\n", "l.csv": "path\na.jpg\nb.jpg\nc.jpg\n", "l.jsonl": "{\"path\":\"a.jpg\"}\n{\"path\":\"b.jpg\"}\n{\"path\":\"c.jpg\"}\n"})
	for _, spec := range []string{"list:" + filepath.Join(dir, "l.txt"), "list:-", "csv:" + filepath.Join(dir, "l.csv"), "csv:" + filepath.Join(dir, "l.jsonl")} {
		in := func() *bytes.Reader { return bytes.NewReader([]byte("a.jpg\nb.jpg\nc.jpg\n")) }
		if _, err := Open(t.Context(), spec, Options{Stdin: in()}); err == nil {
			t.Errorf("%s: three of at most two lines are taken", spec)
		}
		if s := mustOpen(t, spec, Options{Stdin: in(), AnyLength: true}); len(s.Items) != 3 {
			t.Errorf("%s: %d items", spec, len(s.Items))
		}
	}
}
