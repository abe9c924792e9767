package datasets

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/internal/store"
	"fc7/internal/storetest"
)

// archives makes tar files and tables of images in folders.
func archives(t *testing.T) (root string) {
	t.Helper()
	shard := func(n int) string {
		var all []member
		for i := range 5 {
			name := fmt.Sprintf("d/%d-%d", n, i)
			all = append(all, member{name + ".jpg", strings.Repeat(name, 1+i*3000)}, member{name + ".cls", fmt.Sprint(i % 3)}, member{name + ".txt", "x"})
		}
		return string(tarBytes(t, append(all, member{"link.jpg", "-> x"})...))
	}
	files := map[string]string{"tars/notes.md": "x", "tars/.hidden": "x", "tars/in/deep.tar": "x", "tars/it's 100%.tar": string(tarBytes(t, member{"x y.jpg", "z"}))}
	for n := range 12 {
		files[fmt.Sprintf("tars/s-%03d.tar", n)] = shard(n)
	}
	root = tree(t, files)
	for n, name := range []string{"hub/test.parquet", "hub/train/a.parquet", "hub/train.parquet", "hub/train-x.parquet", "hub/val/0.parquet"} {
		writeTable(t, filepath.Join(root, name), hubRows(100*n, 7+n, false), 3)
	}
	for _, name := range []string{"hub/train/deep/x.parquet", "hub/.git/y.parquet", "hub/train/README"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// told is what a table would have of a set, with the images' bytes.
func tellsAll(t *testing.T, s *Set) string {
	t.Helper()
	var b strings.Builder
	places := s.Places()
	for _, it := range s.Items {
		at := it.At
		at.Path = places.Path(at.Path)
		fmt.Fprintf(&b, "%s %s %q %v %v\n", it.ID, at, content(t, it), it.Labels(), it.Splits())
	}
	notes := slices.DeleteFunc(slices.Clone(s.Notes), func(n string) bool { return strings.Contains(n, "over the network") })
	return b.String() + fmt.Sprint(s.Classes, notes) + skipped(s)
}

// TestRemoteArchives: tar files and tables of images on a store are the set that they are on a disk, one by one, by
// folders and by patterns, in the same order.
func TestRemoteArchives(t *testing.T) {
	root := archives(t)
	b := storetest.Serve(t)
	b.PutFolder(t, root, "d")
	same := func(at, spec string) {
		t.Helper()
		kind, path, _ := strings.Cut(spec, ":")
		disk := mustOpen(t, kind+":"+filepath.Join(root, filepath.FromSlash(path)), Options{})
		s := mustOpen(t, kind+":"+at+"/"+path, Options{})
		if got, want := tellsAll(t, s), tellsAll(t, disk); got != want {
			t.Errorf("%s/%s:\n%.2000s\nwant\n%.2000s", at, spec, got, want)
		}
		if len(s.Notes) == 0 || !strings.Contains(s.Notes[len(s.Notes)-1], fmt.Sprintf("%d of %d images are read over the network, from ", len(s.Items), len(s.Items))) {
			t.Errorf("%s: notes %v", spec, s.Notes)
		}
	}
	for _, spec := range []string{"tar:tars/s-001.tar", "tar:tars/s-{000..003}.tar", "tar:tars", "tar:tars/s-0[01]?.tar", "tar:tars/{s-00*,s-010}.tar", "parquet:hub", "parquet:hub/train-x.parquet", "parquet:hub/{train,val}/*.parquet"} {
		same("s3://bucket/d", spec)
	}
	s := mustOpen(t, "tar:s3://bucket/d/tars/", Options{})
	if disk := mustOpen(t, "tar:"+filepath.Join(root, "tars"), Options{}); tellsAll(t, s) != tellsAll(t, disk) {
		t.Error("a folder with a slash behind it is another set")
	}
	web := serveFiles(t, root)
	for _, spec := range []string{"tar:tars/s-001.tar", "tar:tars/s-{000..011}.tar", "parquet:hub/{test,train}.parquet"} {
		same(web, spec)
	}
}

// serveFiles serves a folder as a web server does.
func serveFiles(t *testing.T, root string) (at string) {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(root, filepath.FromSlash(r.URL.Path)))
	})
}

// TestRemoteArchivesRefused: what is not there is named, and so is what no server can tell.
func TestRemoteArchivesRefused(t *testing.T) {
	root := archives(t)
	b := storetest.Serve(t)
	b.PutFolder(t, root, "")
	b.Put("packed.tar", []byte("\x1f\x8b12345678"))
	b.Put("cut.tar", tarBytes(t, member{"a.jpg", strings.Repeat("x", 5000)})[:3000])
	b.Put("no.parquet", []byte("PAR1 and more of it"))
	web := serveFiles(t, root)
	for spec, words := range map[string]string{
		"tar:s3://bucket/none.tar":                  "no .tar file there, among 0 objects",
		"tar:s3://bucket/hub":                       "no .tar file there, among 8 objects",
		"tar:s3://bucket/tars/s-{000..020}.tar":     "there is no such object",
		"tar:s3://bucket/tars/t-*.tar":              "t-*.tar: file does not exist",
		"tar:s3://bucket/tars/s-{000,000}.tar":      "names the shard s3://bucket/tars/s-000.tar twice",
		"tar:s3://bucket/packed.tar":                "is compressed by gzip",
		"tar:s3://bucket/cut.tar":                   "it was cut",
		"parquet:s3://bucket/no.parquet":            "no.parquet",
		"tar:" + web + "/tars/none.tar":             "there is no such object",
		"tar:" + web + "/tars/s-*.tar":              "there is no such object",
		"parquet:" + web + "/hub/{test,no}.parquet": "there is no such object",
	} {
		_, err := Open(t.Context(), spec, Options{})
		wantError(t, err, words)
	}
}

// TestRemoteArchiveChanged: an image of an archive that is another one by now is not read, and the error says so.
func TestRemoteArchiveChanged(t *testing.T) {
	root := archives(t)
	b := storetest.Serve(t)
	b.PutFolder(t, root, "")
	for spec, key := range map[string]string{"tar:s3://bucket/tars/s-001.tar": "tars/s-001.tar", "parquet:s3://bucket/hub/test.parquet": "hub/test.parquet"} {
		s := mustOpen(t, spec, Options{})
		bytes, _ := b.Get(key)
		b.Put(key, bytes)
		_, err := s.Items[0].At.Open()
		if f := new(store.Fault); !errors.As(err, &f) || !f.OfVersion() {
			t.Errorf("%s: %v", key, err)
		}
		b.Remove(key)
		_, err = s.Items[1].At.Open()
		if f := new(store.Fault); !errors.As(err, &f) || !f.OfVersion() {
			t.Errorf("%s is gone: %v", key, err)
		}
	}
}

// TestRemoteTarRequests: small members are read in few requests, large ones are leapt over, and an image is one request
// of its own bytes.
func TestRemoteTarRequests(t *testing.T) {
	b := storetest.Serve(t)
	var small, large []member
	for i := range 200 {
		small = append(small, member{fmt.Sprintf("%03d.jpg", i), strings.Repeat("s", 20_000)})
	}
	for i := range 6 {
		large = append(large, member{fmt.Sprintf("%03d.jpg", i), strings.Repeat("l", 3<<20)})
	}
	b.Put("small.tar", tarBytes(t, small...))
	b.Put("large.tar", tarBytes(t, large...))
	mustOpen(t, "tar:s3://bucket/small.tar", Options{})
	if asked := b.Asked(); len(asked) > 12 {
		t.Errorf("%d requests: %v", len(asked), asked)
	}
	s := mustOpen(t, "tar:s3://bucket/large.tar", Options{})
	bytes := 0
	asked := b.Asked()
	for _, a := range asked {
		var from, to int
		if _, of, ok := strings.Cut(a, " bytes="); ok {
			if _, err := fmt.Sscanf(of, "%d-%d", &from, &to); err != nil {
				t.Fatal(a, err)
			}
			bytes += to - from + 1
		}
	}
	if bytes > 1<<20 || len(asked) > 16 {
		t.Errorf("%d bytes by %d requests: %v", bytes, len(asked), asked)
	}
	if got := content(t, s.Items[2]); len(got) != 3<<20 {
		t.Errorf("%d bytes", len(got))
	}
	if asked := b.Asked(); len(asked) != 1 {
		t.Errorf("an image by %v", asked)
	}
}

// TestRemoteShare: the items of a plan's index are those of the set, on a store too.
func TestRemoteShare(t *testing.T) {
	root := archives(t)
	b := storetest.Serve(t)
	b.PutFolder(t, root, "")
	for _, spec := range []string{"tar:s3://bucket/tars", "parquet:s3://bucket/hub"} {
		s := mustOpen(t, spec, Options{})
		n, err := s.Indexed()
		if err != nil {
			t.Fatal(err)
		}
		var file strings.Builder
		if err := n.WriteIndex(&file, s.Items, pinsOf(s.Items)); err != nil {
			t.Fatal(err)
		}
		share := n.Share(Options{}, len(s.Items))
		if err := share.Add([]byte(file.String()), 0, len(s.Items)); err != nil {
			t.Fatal(err)
		}
		of := share.Set()
		for i := range s.Items {
			if got, want := of.Items[i], s.Items[i]; got.ID != want.ID || got.At.String() != want.At.String() || content(t, got) != content(t, want) ||
				of.Places().Path(got.At.Path) != s.Places().Path(want.At.Path) {
				t.Errorf("%s: item %d is %s at %s, want %s at %s", spec, i, got.ID, got.At, want.ID, want.At)
			}
		}
		key := strings.TrimPrefix(s.Items[0].At.Path, "s3://bucket/")
		bytes, _ := b.Get(key)
		b.Put(key, bytes)
		share = n.Share(Options{}, len(s.Items))
		if err := share.Add([]byte(file.String()), 0, len(s.Items)); err != nil {
			t.Fatal(err)
		}
		for i, it := range s.Items {
			if told := share.Set().Pin(i).Replaced; (told != "") != (it.At.Path == s.Items[0].At.Path) {
				t.Errorf("%s: of item %d in %s, of a set whose first file is another version, is told %q", spec, i, it.At.Path, told)
			}
		}
	}
}

// half cuts a connection after some bytes.
type half struct {
	http.ResponseWriter
	left int
}

func (h *half) Write(b []byte) (int, error) {
	if len(b) <= h.left {
		return h.ResponseWriter.Write(b)
	}
	_, _ = h.ResponseWriter.Write(b[:h.left])
	_ = http.NewResponseController(h.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// TestRemoteCut: what the network cuts is read on.
func TestRemoteCut(t *testing.T) {
	root := archives(t)
	b := storetest.Serve(t)
	b.PutFolder(t, root, "")
	want := tellsAll(t, mustOpen(t, "tar:"+filepath.Join(root, "tars"), Options{}))
	n := 0
	b.First(func(w http.ResponseWriter, r *http.Request, key string) bool {
		bytes, ok := b.Get(key)
		if n++; !ok || r.Method != http.MethodGet || n > 60 || n%15 != 0 {
			return false
		}
		w.Header().Set("ETag", r.Header.Get("If-Match"))
		http.ServeContent(&half{ResponseWriter: w, left: 100}, r, "", time.Time{}, strings.NewReader(string(bytes)))
		return true
	})
	if got := tellsAll(t, mustOpen(t, "tar:s3://bucket/tars", Options{})); got != want {
		t.Errorf("%.2000s\nwant\n%.2000s", got, want)
	}
}
