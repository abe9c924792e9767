package synth

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// drawTo draws the smallest set.
func drawTo(dir string) error {
	_, err := Generate(context.Background(), dir, Options{Layout: LayoutCaltech101, Images: 3, Size: 32})
	return err
}

func TestWhereItIsDrawn(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("empty", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"a/b/c", "link"} {
		if err := drawTo(filepath.Join(root, dir)); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if got := names(t, filepath.Join(root, dir)); !strings.Contains(got, "README.txt") {
			t.Errorf("%s has %s", dir, got)
		}
	}
	if got := names(t, filepath.Join(root, "empty")); got == "" || names(t, root) != "a empty link" {
		t.Errorf("the link's target has %q; beside it are %s", got, names(t, root))
	}
	info, err := os.Stat(filepath.Join(root, "empty"))
	if err != nil || info.Mode().Perm()&0o755 != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestReplace: a data set takes the place of another where that is asked for.
func TestReplace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	for _, images := range []int{3, 4} {
		o := Options{Layout: LayoutCaltech101, Images: images, Size: 32, Replace: true}
		if s, err := Generate(context.Background(), dir, o); err != nil || s.Images != images {
			t.Errorf("%+v, %v", s, err)
		}
	}
	// A folder with anything else in it, or that was not drawn, stays.
	for name, make := range map[string]func(at string) error{
		"stranger": func(at string) error {
			return errors.Join(drawTo(at), os.WriteFile(filepath.Join(at, "mine.jpg"), nil, 0o644))
		},
		"another's": func(at string) error {
			return errors.Join(drawTo(at), os.WriteFile(filepath.Join(at, readmeName), []byte("my photographs"), 0o644))
		},
		"published": func(at string) error { return os.MkdirAll(filepath.Join(at, caltech101.folder, "ants"), 0o755) },
	} {
		at := filepath.Join(t.TempDir(), "set")
		if err := make(at); err != nil {
			t.Fatal(err)
		}
		was := names(t, at)
		_, err := Generate(context.Background(), at, Options{Layout: LayoutCaltech101, Images: 3, Size: 32, Replace: true})
		if err == nil || !strings.Contains(err.Error(), "is not replaced") || names(t, at) != was {
			t.Errorf("%s: %v, there is %s", name, err, names(t, at))
		}
	}
	if err := drawTo(dir); err == nil || names(t, filepath.Dir(dir)) != "set" {
		t.Errorf("replaced, and nobody asked for it: %v; there is %s", err, names(t, filepath.Dir(dir)))
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := drawTo(root); err == nil || !strings.Contains(err.Error(), "is not empty (it has x): nothing is overwritten") {
		t.Errorf("a folder with files: %v", err)
	}
	if err := drawTo(filepath.Join(root, "x")); err == nil {
		t.Error("a file as target: no error")
	}
	if err := drawTo(""); err == nil {
		t.Error("no target: no error")
	}
	if names(t, root) != "x" {
		t.Errorf("there is %s", names(t, root))
	}
}

// Somebody fills the folder meanwhile: it stays as it is.
func TestFilledMeanwhile(t *testing.T) {
	root := t.TempDir()
	_, err := Generate(context.Background(), filepath.Join(root, "set"), Options{Layout: LayoutVOC2007, Images: 4, Size: 32, progress: func(done, _ int) {
		if done == 1 {
			if err := os.MkdirAll(filepath.Join(root, "set", "mine"), 0o755); err != nil {
				t.Error(err)
			}
		}
	}})
	if err == nil || names(t, root) != "set" || names(t, filepath.Join(root, "set")) != "mine" {
		t.Errorf("after %v there is %q", err, names(t, root))
	}
}

func TestCancelled(t *testing.T) {
	for _, layout := range Layouts() {
		root := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Generate(ctx, filepath.Join(root, "set"), Options{Layout: layout, Images: 500, Size: 64, progress: func(done, _ int) {
			if done == 3 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || names(t, root) != "" {
			t.Errorf("%s: %v, there is %q", layout, err, names(t, root))
		}
	}
}
