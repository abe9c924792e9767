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

func writeX(tmp string) error { return os.WriteFile(filepath.Join(tmp, "x"), nil, 0o644) }

func TestPublish(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("empty", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"a/b/c", "link"} {
		if err := publish(filepath.Join(root, dir), writeX); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if got := names(t, filepath.Join(root, dir)); got != "x" {
			t.Errorf("%s has %s", dir, got)
		}
	}
	if got := names(t, filepath.Join(root, "empty")); got != "x" || names(t, root) != "a empty link" {
		t.Errorf("the link's target has %q; beside it are %s", got, names(t, root))
	}
	info, err := os.Stat(filepath.Join(root, "empty"))
	if err != nil || info.Mode().Perm()&0o755 != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestPublishRefuses(t *testing.T) {
	root := t.TempDir()
	if err := writeX(root); err != nil {
		t.Fatal(err)
	}
	never := func(string) error { t.Error("written"); return nil }
	if err := publish(root, never); err == nil || !strings.Contains(err.Error(), "is not empty (it has x): nothing is overwritten") {
		t.Errorf("a folder with files: %v", err)
	}
	if err := publish(filepath.Join(root, "x"), never); err == nil {
		t.Error("a file as target: no error")
	}
	if err := publish("", never); err == nil {
		t.Error("no target: no error")
	}
}

func TestPublishCleansUp(t *testing.T) {
	root := t.TempDir()
	fails := errors.New("fails")
	err := publish(filepath.Join(root, "set"), func(tmp string) error {
		return errors.Join(writeX(tmp), fails)
	})
	if !errors.Is(err, fails) || names(t, root) != "" {
		t.Errorf("after %v there is %q", err, names(t, root))
	}
	// Somebody fills the folder meanwhile: it stays as it is.
	err = publish(filepath.Join(root, "set"), func(string) error {
		return os.MkdirAll(filepath.Join(root, "set", "mine"), 0o755)
	})
	if err == nil || names(t, root) != "set" || names(t, filepath.Join(root, "set")) != "mine" {
		t.Errorf("after %v there is %q", err, names(t, root))
	}
}

func TestCancelled(t *testing.T) {
	for _, layout := range []string{LayoutVOC2007, LayoutCaltech101} {
		root := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Generate(ctx, filepath.Join(root, "set"), Options{Layout: layout, Images: 500, Size: 64, Progress: func(done, _ int) {
			if done == 3 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || names(t, root) != "" {
			t.Errorf("%s: %v, there is %q", layout, err, names(t, root))
		}
	}
}
