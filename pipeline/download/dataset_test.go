package download

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	md5sum "crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/internal/catalogue"
	"fc7/internal/fetch"
)

// draw makes a small data set and returns its files by path.
func draw(t *testing.T, layout string) map[string][]byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := synth.Generate(context.Background(), dir, synth.Options{Layout: layout, Images: 16, Size: 32}); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		b, err := os.ReadFile(path)
		if rel != "README.txt" {
			files[filepath.ToSlash(rel)] = b
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// pack makes a .tar of the files for which part holds.
func pack(t *testing.T, files map[string][]byte, part func(string) bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, data := range files {
		if !part(name) {
			continue
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func all(string) bool { return true }

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// zipped makes a .zip of files.
func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, data := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// published is an entry of the table whose archives are these, served by a mirror.
func published(t *testing.T, name string, archives ...[]byte) (catalogue.DataSet, string, *[]string) {
	t.Helper()
	s, known := catalogue.LookupDataSet(name)
	if !known {
		t.Fatalf("no data set %s", name)
	}
	s.Archives = append([]catalogue.Archive(nil), s.Archives...)
	files := map[string][]byte{}
	for i, b := range archives {
		sum := md5sum.Sum(b)
		s.Archives[i].Digests = []fetch.Digest{{Algorithm: fetch.MD5, Hex: hex.EncodeToString(sum[:])}}
		s.Archives[i].Size = int64(len(b))
		s.Archives[i].URLs = nil // tests send nothing to other machines
		files["/"+s.Archives[i].File] = b
	}
	base, asked := serveFiles(t, files)
	return s, base, asked
}

func onlySet(t *testing.T, out, folder string) {
	t.Helper()
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != strings.Split(folder, "/")[0] {
			t.Errorf("%s was left in %s", e.Name(), out)
		}
	}
}

// TestFetchCaltech: an archive within an archive, as the publisher packs it.
func TestFetchCaltech(t *testing.T) {
	files := draw(t, synth.LayoutCaltech101)
	outer := zipped(t, map[string][]byte{
		"caltech-101/101_ObjectCategories.tar.gz": gzipped(t, pack(t, files, all)),
		"caltech-101/Annotations.tar":             pack(t, map[string][]byte{"Annotations/x.mat": []byte("x")}, all),
		"__MACOSX/caltech-101/._Annotations.tar":  []byte("x"),
	})
	s, mirror, asked := published(t, "caltech101", outer)
	out := filepath.Join(t.TempDir(), "data")
	j := DataSetJob{Name: s.Name, Out: out, Mirror: mirror}
	r, err := fetchSet(context.Background(), s, j, Events{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Images != 16 || r.Classes != 3 || r.Spec != "caltech101:"+filepath.Join(out, "caltech-101") {
		t.Errorf("%+v", r)
	}
	set, err := datasets.Open(t.Context(), r.Spec, datasets.Options{})
	if err != nil || len(set.Items) != 16 {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(out, "caltech-101", "Annotations", "x.mat")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(out, "caltech-101", "Annotations.tar")); err == nil {
		t.Error("an inner archive was left")
	}
	onlySet(t, out, s.Folder)
	// A process that was killed when the set had its place leaves what it needed.
	for _, left := range []string{".caltech101.unpacking", ".caltech101.archives"} {
		if err := os.Mkdir(filepath.Join(out, left), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(out, ".caltech101.lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if r, err = fetchSet(context.Background(), s, j, Events{}); err != nil || !r.Already || r.Images != 16 || len(*asked) != 1 {
		t.Errorf("the second time: %+v, %v, %v", r, err, *asked)
	}
	onlySet(t, out, s.Folder)
}

// TestFetchOtherSize: a server that announces another size than the catalogue has is blamed for it, not the disk, and
// nothing is left behind.
func TestFetchOtherSize(t *testing.T) {
	s, _, _ := published(t, "caltech101", []byte("some bytes"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "99999999999999")
		w.WriteHeader(http.StatusOK)
	}))
	defer server.Close()
	for want, size := range map[string]int64{"want 10 bytes, the server has 99999999999999": 10, "the server announces 99999999999999": 0} {
		s.Archives[0].Size = size
		out := filepath.Join(t.TempDir(), "data")
		_, err := fetchSet(context.Background(), s, DataSetJob{Name: s.Name, Out: out, Mirror: server.URL}, Events{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "full") {
			t.Errorf("%v does not say %q", err, want)
		}
		if entries, err := os.ReadDir(out); err != nil || len(entries) > 0 {
			t.Errorf("left %v, error %v", entries, err)
		}
	}
}

// TestFetchVOC: two archives that make one tree, terms to be accepted, archives kept.
func TestFetchVOC(t *testing.T) {
	files := draw(t, synth.LayoutVOC2007)
	isTest := func(name string) bool { return strings.HasSuffix(name, "test.txt") }
	s, mirror, _ := published(t, "voc2007", pack(t, files, func(n string) bool { return !isTest(n) }), pack(t, files, isTest))
	out, archives := filepath.Join(t.TempDir(), "data"), t.TempDir()
	j := DataSetJob{Name: s.Name, Out: out, Mirror: mirror, Archives: archives}
	var terms *TermsError
	if _, err := fetchSet(context.Background(), s, j, Events{}); !errors.As(err, &terms) || !strings.Contains(err.Error(), "flickr") {
		t.Fatalf("without a word on the terms: %v", err)
	}
	j.Accept = true
	r, err := fetchSet(context.Background(), s, j, Events{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Images != 16 || r.Classes != 20 || r.Spec != "voc2007:"+filepath.Join(out, "VOCdevkit") {
		t.Errorf("%+v", r)
	}
	onlySet(t, out, s.Folder)
	if kept, err := filepath.Glob(filepath.Join(archives, "*.tar")); err != nil || len(kept) != 2 {
		t.Errorf("archives %v, %v", kept, err)
	}
	// A second set of the same devkit goes beside the first, and archives that are there are used.
	j.Out, j.Mirror = filepath.Join(t.TempDir(), "other"), ""
	if err := os.MkdirAll(filepath.Join(j.Out, "VOCdevkit", "VOC2012"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r, err := fetchSet(context.Background(), s, j, Events{}); err != nil || r.Images != 16 {
		t.Errorf("from the archives: %v", err)
	}
	if err := os.WriteFile(filepath.Join(archives, s.Archives[1].File), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	j.Out = t.TempDir()
	if _, err := fetchSet(context.Background(), s, j, Events{}); err == nil || !strings.Contains(err.Error(), "not the file expected") {
		t.Errorf("a damaged archive: %v", err)
	}
}

// TestFetchBad: nothing is left under the final name, nor beside it, of an archive that is not the set.
func TestFetchBad(t *testing.T) {
	files := draw(t, synth.LayoutCaltech101)
	for name, archive := range map[string][]byte{
		"another tree": pack(t, map[string][]byte{"something/else.txt": []byte("x")}, all),
		"no image":     pack(t, map[string][]byte{"256_ObjectCategories/001.ak47/notes.txt": []byte("x")}, all),
		"climbs out":   pack(t, map[string][]byte{"256_ObjectCategories/../../evil": []byte("x")}, all),
		"cut":          pack(t, files, all)[:2000],
		"no archive":   []byte("this is no archive at all"),
	} {
		t.Run(name, func(t *testing.T) {
			s, mirror, _ := published(t, "caltech256", archive)
			out := filepath.Join(t.TempDir(), "data")
			_, err := fetchSet(context.Background(), s, DataSetJob{Out: out, Mirror: mirror}, Events{})
			if err == nil || !strings.Contains(err.Error(), "caltech256") {
				t.Errorf("%v", err)
			}
			entries, _ := os.ReadDir(out)
			for _, e := range entries {
				if e.Name() != ".caltech256.archives" {
					t.Errorf("%s was left", e.Name())
				}
			}
		})
	}
}

var asCaltech256 = strings.NewReplacer("101_Object", "256_Object", "BACKGROUND_Google", "257.clutter", "Faces_easy", "001.ak47", "Faces/", "002.american-flag/")

// TestInterruptedUnpacking: the same call goes on, with the archive that is there.
func TestInterruptedUnpacking(t *testing.T) {
	files := draw(t, synth.LayoutCaltech101)
	renamed := map[string][]byte{}
	for name, b := range files {
		renamed[asCaltech256.Replace(name)] = b
	}
	s, mirror, asked := published(t, "caltech256", pack(t, renamed, all))
	j := DataSetJob{Name: s.Name, Out: t.TempDir(), Mirror: mirror}
	ctx, cancel := context.WithCancel(context.Background())
	e := Events{Progress: func(file string, _, _ int64) {
		if strings.HasPrefix(file, "unpacking") {
			cancel()
		}
	}}
	if _, err := fetchSet(ctx, s, j, e); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if _, err := os.Stat(filepath.Join(j.Out, s.Folder)); err == nil {
		t.Error("a part of the set has the final name")
	}
	// What a killed process leaves does not disturb either.
	if err := os.MkdirAll(filepath.Join(j.Out, ".caltech256.unpacking", "256_ObjectCategories", "junk"), 0o755); err != nil {
		t.Fatal(err)
	}
	r, err := fetchSet(context.Background(), s, j, Events{})
	if err != nil || r.Images != 15 || r.Classes != 3 || len(*asked) != 1 { // one image has no extension, as in the real Caltech-101
		t.Errorf("%+v, %v, asked for %v", r, err, *asked)
	}
	onlySet(t, j.Out, s.Folder)
}

func TestDataSetTable(t *testing.T) {
	kinds := map[string]bool{}
	for _, k := range datasets.Kinds() {
		kinds[k.Name] = true
	}
	for _, s := range catalogue.AllDataSets() {
		if !kinds[s.Kind] || s.Licence == "" || s.Title == "" || len(s.Archives) == 0 || !strings.HasPrefix(s.Folder+"/", s.Open+"/") {
			t.Errorf("%+v", s)
		}
		for _, a := range s.Archives {
			if len(a.Digests) != 1 || len(a.Digests[0].Hex) != 32 || !strings.HasSuffix(a.URLs[0], "/"+a.File) {
				t.Errorf("%s: %+v", s.Name, a)
			}
		}
	}
	if _, err := FetchDataSet(context.Background(), DataSetJob{Name: "imagenet"}, Events{}); err == nil || !strings.Contains(err.Error(), "voc2012") {
		t.Errorf("an unknown set: %v", err)
	}
}

// TestFetchParts: archives that are unpacked in one folder, and files that are none.
func TestFetchParts(t *testing.T) {
	flowers := draw(t, "flowers102")
	s, mirror, _ := published(t, "flowers102", gzipped(t, pack(t, flowers, func(n string) bool { return strings.HasPrefix(n, "jpg/") })), flowers["imagelabels.mat"], flowers["setid.mat"])
	out := filepath.Join(t.TempDir(), "data")
	r, err := fetchSet(context.Background(), s, DataSetJob{Name: s.Name, Out: out, Mirror: mirror}, Events{})
	if err != nil || r.Images != 16 || r.Spec != "flowers102:"+filepath.Join(out, "flowers-102") {
		t.Fatalf("%+v, %v", r, err)
	}
	onlySet(t, out, s.Folder)
	pets := draw(t, "pets")
	in := func(folder string) func(string) bool {
		return func(n string) bool { return strings.HasPrefix(n, folder+"/") }
	}
	s, mirror, _ = published(t, "pets", gzipped(t, pack(t, pets, in("images"))), gzipped(t, pack(t, pets, in("annotations"))))
	if r, err = fetchSet(context.Background(), s, DataSetJob{Name: s.Name, Out: out, Mirror: mirror}, Events{}); err != nil || r.Images != 16 || r.Classes != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}
