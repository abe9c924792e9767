package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestServers runs the contract on real stores: below each folder that FC7_TEST_STORES names (s3://bucket/dir …), by
// the credentials and endpoints of the environment. .ci/scale/stores starts servers for it.
func TestServers(t *testing.T) {
	folders := strings.Fields(os.Getenv("FC7_TEST_STORES"))
	if len(folders) == 0 {
		t.Skip("FC7_TEST_STORES names no store")
	}
	for _, folder := range folders {
		t.Run(strings.ReplaceAll(folder, "/", "_"), func(t *testing.T) {
			if strings.HasPrefix(folder, "azblob://") {
				realContainer(t, Join(folder, "x"))
			}
			for _, key := range realKeys {
				realObject(t, Join(folder, key))
			}
			realList(t, Join(folder, "list"))
			realParts(t, Join(folder, "large"))
			realReplace(t, Join(folder, "replaced"))
		})
	}
}

// TestPutFolder puts the files of a folder to an address, for the other parts of .ci/scale/stores: FC7_TEST_PUT is
// "FOLDER ADDRESS".
func TestPutFolder(t *testing.T) {
	dir, at, ok := strings.Cut(os.Getenv("FC7_TEST_PUT"), " ")
	if !ok {
		t.Skip("FC7_TEST_PUT names no folder and address")
	}
	if strings.HasPrefix(at, "azblob://") {
		realContainer(t, Join(at, "x"))
	}
	all := os.DirFS(dir)
	err := fs.WalkDir(all, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(all, name)
		if err == nil {
			_, err = Put(context.Background(), at+"/"+name, contentOf(b), true)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestGetFolder brings the objects below an address to a folder: FC7_TEST_GET is "ADDRESS FOLDER".
func TestGetFolder(t *testing.T) {
	at, dir, ok := strings.Cut(os.Getenv("FC7_TEST_GET"), " ")
	if !ok {
		t.Skip("FC7_TEST_GET names no address and folder")
	}
	found, err := List(t.Context(), at)
	if err != nil || len(found) == 0 {
		t.Fatalf("%d objects, %v", len(found), err)
	}
	for _, e := range found {
		b, err := all(Join(at, e.Name), span{n: -1})
		path := filepath.Join(dir, filepath.FromSlash(e.Name))
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// realKeys are names that are hard to sign, or to tell.
var realKeys = []string{"a", "dir/b c.jpg", "ü+%41&=;~!'()*@:$,.bin", "q#y"}

// realList: a folder of more than a page of S3's is listed whole, with sizes and versions as Stat tells them.
func realList(t *testing.T, folder string) {
	t.Helper()
	ctx := context.Background()
	keys := slices.Clone(realKeys)
	for i := range 1100 {
		keys = append(keys, fmt.Sprintf("many/%04d", i))
	}
	var work errgroup.Group
	work.SetLimit(64)
	for i, key := range keys {
		work.Go(func() error {
			_, err := Put(ctx, Join(folder, key), contentOf(content(i%7)), true)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	found, err := List(ctx, folder)
	if err != nil || len(found) != len(keys) {
		t.Fatalf("%s: %d objects are listed, %d there, %v", folder, len(found), len(keys), err)
	}
	slices.Sort(keys)
	for i, e := range found {
		if e.Name != keys[i] {
			t.Fatalf("%s: object %d is %q, want %q", folder, i, e.Name, keys[i])
		}
	}
	for _, e := range []Entry{found[0], found[len(found)-1]} {
		if o, err := Stat(ctx, Join(folder, e.Name)); err != nil || o != e.Object {
			t.Errorf("%s: %+v is listed, %+v there, %v", folder, e, o, err)
		}
	}
	if found, err := List(ctx, Join(folder, "none")); err != nil || len(found) > 0 {
		t.Errorf("%s: of nothing: %v, %v", folder, found, err)
	}
}

// realReplace: of two who looked at the same version the first one's object stays, small or large.
func realReplace(t *testing.T, at string) {
	t.Helper()
	ctx := context.Background()
	for _, n := range []int{1000, 40<<20 + 1} {
		was, err := Put(ctx, at, contentOf([]byte("old")), true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Replace(ctx, at, contentOf(content(n)), was.Version); err != nil {
			t.Errorf("%s: %d bytes: %v", at, n, err)
		}
		_, err = Replace(ctx, at, contentOf(content(n-1)), was.Version)
		if f := new(Fault); !errors.As(err, &f) || !f.OfVersion() {
			t.Errorf("%s: %d bytes in the place of others: %v", at, n-1, err)
		}
		if o, err := Stat(ctx, at); err != nil || o.Size != int64(n) {
			t.Errorf("%s: %+v, %v", at, o, err)
		}
	}
	if sure, err := Guards(ctx, at+"-try"); !sure || err != nil {
		t.Errorf("%s: %v, %v", at, sure, err)
	}
	if err := Remove(ctx, at); err != nil {
		t.Error(err)
	}
}

// realParts: a large object is there whole, and replaces nothing unasked.
func realParts(t *testing.T, at string) {
	t.Helper()
	ctx, c := context.Background(), contentOf(content(40<<20+1))
	o, err := Put(ctx, at, c, false)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := Stat(ctx, at); err != nil || now != o || o.Size != c.Size {
		t.Errorf("%s: %+v is put, %+v is there, %v", at, o, now, err)
	}
	if got, err := all(at, span{n: -1}); err != nil || !bytes.Equal(got, content(40<<20+1)) {
		t.Errorf("%s: %d bytes, %v", at, len(got), err)
	}
	if o, err := Put(ctx, at, c, false); err != nil || o.Size != c.Size {
		t.Errorf("%s: the same again: %+v, %v", at, o, err)
	}
	if _, err := Put(ctx, at, contentOf(bytes.Repeat([]byte("o"), 40<<20+1)), false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%s is replaced: %v", at, err)
	}
	for range 2 {
		if err := Remove(ctx, at); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
	if _, err := Stat(ctx, at); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s after it was removed: %v", at, err)
	}
}

// realContainer makes the container, which emulators begin without.
func realContainer(t *testing.T, at string) {
	t.Helper()
	b, _, _, err := backendOf(at)
	if err != nil {
		t.Fatal(err)
	}
	z := b.(*azure)
	resp, err := z.do(context.Background(), request{method: http.MethodPut, url: z.endpoint + "/" + z.container + "?restype=container"}, http.StatusCreated, http.StatusConflict)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
}

func realObject(t *testing.T, at string) {
	t.Helper()
	ctx := context.Background()
	if _, err := Stat(ctx, at); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s before it is put: %v", at, err)
	}
	for _, n := range []int{1, 300_000, 20 << 20} {
		o, err := Put(ctx, at, contentOf(content(n)), true)
		if err != nil {
			t.Fatal(err)
		}
		if now, err := Stat(ctx, at); err != nil || now != o {
			t.Errorf("%s: %+v is put, %+v is there, %v", at, o, now, err)
		}
		if got, err := all(at, span{n: -1}); err != nil || !bytes.Equal(got, content(n)) {
			t.Errorf("%s: %d bytes of %d, %v", at, len(got), n, err)
		}
	}
	if got, err := all(at, span{from: 1000, n: 77}); err != nil || !bytes.Equal(got, content(1077)[1000:]) {
		t.Errorf("%s: a part is %q, %v", at, got, err)
	}
	if _, err := Put(ctx, at, contentOf([]byte("other")), false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%s is replaced: %v", at, err)
	}
	if o, err := Put(ctx, at, contentOf(content(20<<20)), false); err != nil || o.Size != 20<<20 {
		t.Errorf("%s: the same again: %+v, %v", at, o, err)
	}
	realChange(t, at)
	b, _, a, err := backendOf(at)
	if err == nil {
		err = b.(writer).remove(ctx, a.key)
	}
	if err != nil {
		t.Errorf("%s: %v", at, err)
	}
	if _, err := all(at, span{n: -1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s after it was removed: %v", at, err)
	}
}

// realChange: a reading that goes on after the object was replaced is a fault, whatever connection it has.
func realChange(t *testing.T, at string) {
	t.Helper()
	r, err := Open(context.Background(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := Put(context.Background(), at, contentOf(content(5000)), true); err != nil {
		t.Fatal(err)
	}
	_ = r.body.Close() // as if it was cut
	r.at = 100
	if err := r.open(); err == nil {
		t.Errorf("%s: another version is read on", at)
	} else if f := faulty(t, err); f.kind != changed {
		t.Errorf("%s: replaced while it is read: %v", at, err)
	}
}
