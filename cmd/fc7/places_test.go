package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fc7/internal/unpack"
)

// badSets makes a data set of every kind, each with good images and with all that images can suffer, below dir. Paths
// in them are relative to dir, or absolute where the format has only such.
func badSets(t *testing.T, dir string) (specs []string) {
	t.Helper()
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	do := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	want(t, exitDone, "dataset", "synth", "--images", "12", "--size", "80", "--seed", "2", at("voc"))
	want(t, exitDone, "dataset", "synth", "--layout", "caltech101", "--images", "12", "--classes", "2", "--size", "80", "--seed", "3", at("c101"))
	var images []string
	walk := func(path string, d fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".jpg" {
			images = append(images, path)
		}
		return err
	}
	do(filepath.WalkDir(at("c101"), walk))
	good, err := os.ReadFile(images[0])
	do(err)
	var list, table, lines, ids, tarred bytes.Buffer
	fmt.Fprintln(&table, "path,label,xmin,ymin,xmax,ymax")
	fmt.Fprintln(&ids, "id,path,label")
	archive := tar.NewWriter(&tarred)
	for i, folder := range []string{"folder/x y", "folder/d/d", "inet/val/n01440764", "c256/256_ObjectCategories/001.ak47", "beside"} {
		do(os.MkdirAll(at(folder), 0o755))
		for k, data := range [][]byte{good, {}, []byte("no image"), good[:len(good)/2], good, nil} {
			name := fmt.Sprintf("%03d_%04d.jpg", i, k)
			if data == nil {
				do(os.Symlink("nowhere-"+name, at(folder, name)))
			} else {
				do(os.WriteFile(at(folder, name), data, 0o644))
			}
			images = append(images, at(folder, name))
			if i == 0 {
				do(archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}), second(archive.Write(data)))
			}
		}
	}
	do(archive.Close(), filepath.WalkDir(at("voc"), walk), os.Truncate(images[1], 300), os.Remove(images[2]), os.Symlink("nowhere", images[2]), os.Chmod(images[3], 0))
	for i, path := range images[2:] { // of the drawn sets
		if strings.Contains(path, "/voc/") && i%3 == 0 {
			do(os.Truncate(path, int64(i%2)*100))
		}
	}
	for _, path := range append(images, at("gone.jpg")) {
		rel, err := filepath.Rel(at("lists"), path)
		do(err)
		rel = filepath.ToSlash(rel)
		fmt.Fprintln(&list, rel)
		fmt.Fprintf(&table, "%s,cat,1,1,2000,9\n", rel)
		fmt.Fprintf(&lines, "{\"path\":%q,\"label\":\"dog\"}\n", rel)
		fmt.Fprintf(&ids, "%s,%s,cat\n", strings.NewReplacer("../", "", "/", "-").Replace(rel), path)
	}
	fmt.Fprintln(&list, "../none/gone.jpg") // a run waits for a folder that is not there: one such file, in one of the sets
	do(os.MkdirAll(at("lists"), 0o755), os.WriteFile(at("lists", "list.txt"), list.Bytes(), 0o644),
		os.WriteFile(at("lists", "boxes.csv"), table.Bytes(), 0o644), os.WriteFile(at("lists", "lines.jsonl"), lines.Bytes(), 0o644),
		os.WriteFile(at("absolute.csv"), ids.Bytes(), 0o644), os.MkdirAll(at("tar"), 0o755), os.WriteFile(at("tar", "a.tar"), tarred.Bytes(), 0o644),
		os.MkdirAll(at("parquet"), 0o755))
	tables := t.TempDir()
	do(second(unpack.Into(t.Context(), filepath.Join("..", "..", "datasets", "testdata", "tables", "tables.tar.gz"), tables, unpack.Limits{}, nil)))
	parquet, err := os.ReadFile(filepath.Join(tables, "arrowgo-uncompressed-v1-plain.parquet"))
	do(err, os.WriteFile(at("parquet", "p.parquet"), parquet, 0o644))
	return []string{
		"voc2007:voc", "caltech101:c101", "caltech256:c256", "folder:folder", "imagenet:inet", "list:lists/list.txt", "csv:lists/boxes.csv",
		"csv:lists/lines.jsonl", "csv:absolute.csv", "tar:tar", "tar:tar/a.tar", "parquet:parquet", "parquet:parquet/p.parquet",
	}
}

// second is the error of a call that returns something else, too.
func second[T any](_ T, err error) error { return err }

// TestSameRowsElsewhere: where a data set lies, and how it is named, does not show in its table, whatever is wrong with
// its images.
func TestSameRowsElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("some eighty extractions")
	}
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	top := t.TempDir()
	net := filepath.Join(top, "net.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/64", "--out", net)
	// The second folder has a short name, which its files' names begin with and hold.
	here, there, link := filepath.Join(top, "one", "two"), filepath.Join(top, "d"), filepath.Join(top, "link")
	specs := badSets(t, here)
	badSets(t, there)
	if err := os.Symlink(there, link); err != nil {
		t.Fatal(err)
	}
	n := 0
	table := func(spec, dir string) map[string][]byte {
		t.Helper()
		n++
		out := filepath.Join(top, fmt.Sprint("run", n))
		kind, path, _ := strings.Cut(spec, ":")
		code, _, stderr := fc7(t, "extract", kind+":"+filepath.Join(dir, path), "--weights", net, "--layer", "pool5", "--scales", "32", "-o", out)
		if code != exitSomeFailed {
			t.Fatalf("%s: exit status %d\n%s", spec, code, stderr)
		}
		return files(t, out)
	}
	for _, spec := range specs {
		want := table(spec, here)
		for name, b := range want {
			if s := string(b); strings.Contains(s, top) {
				t.Errorf("%s: %s names the folder of the test", spec, name)
			}
		}
		for _, way := range []struct{ wd, dir string }{{"", there}, {"", link}, {there, ""}, {top, "d"}, {filepath.Join(link, "lists"), ".."}} {
			if way.wd != "" {
				t.Chdir(way.wd)
			}
			got := table(spec, way.dir)
			for name, b := range want {
				if !bytes.Equal(b, got[name]) {
					t.Errorf("%s from %q in %q: %s is another table", spec, way.dir, way.wd, name)
				}
			}
		}
	}
}

// TestSameRowsOfAList: what is piped in has no folder, and a list of absolute paths names them in its keys alone.
func TestSameRowsOfAList(t *testing.T) {
	top := t.TempDir()
	net := filepath.Join(top, "net.safetensors")
	want(t, exitDone, "weights", "init", "--net", "vgg11/64", "--out", net)
	path := filepath.Join(top, "pictures", "a.jpg")
	if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	var first map[string][]byte
	for i, wd := range []string{top, filepath.Dir(path), t.TempDir()} {
		out := filepath.Join(top, fmt.Sprint("run", i))
		cmd := asProgram("extract", "list:-", "--weights", net, "--layer", "pool5", "--scales", "32", "-o", out)
		cmd.Dir, cmd.Stdin = wd, strings.NewReader(path+"\n")
		text, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitSomeFailed || strings.Count(string(text), path) != 1 {
			t.Fatalf("exit status %d\n%s", code, text)
		}
		if first == nil {
			first = files(t, out)
		}
		sameFiles(t, first, files(t, out))
	}
}
