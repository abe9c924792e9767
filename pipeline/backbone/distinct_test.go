package backbone_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/usage"
	"fc7/pipeline/backbone"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// TestDistinct: a net that is named twice is wrong usage, whatever its two names are, and the error says both. Files of
// one size and other numbers are two nets.
func TestDistinct(t *testing.T) {
	a := netFile(t, "vgg11/32")
	dir := t.TempDir()
	link, copied, other := filepath.Join(dir, "link"), filepath.Join(dir, "copy"), filepath.Join(dir, "other")
	b, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	c, err := vgg.Lookup("vgg11/32")
	if err := errors.Join(err, os.Symlink(a, link), os.WriteFile(copied, b, 0o644), vgg.Init(t.Context(), other, c, 2, weights.SafetensorsOptions{})); err != nil {
		t.Fatal(err)
	}
	for _, twice := range []string{a, link, copied} {
		err := backbone.Distinct(t.Context(), backbone.WantedAll([]string{a, other, twice}, nil, ""), nil)
		if !usage.Is(err) || !strings.Contains(err.Error(), a+" and "+twice+" are the same") {
			t.Errorf("%s: %v", twice, err)
		}
	}
	if err := backbone.Distinct(t.Context(), backbone.WantedAll([]string{a, other, netFile(t, "vgg13/32")}, nil, ""), nil); err != nil {
		t.Error(err)
	}
	for _, names := range [][]string{{filepath.Join(dir, "none")}, {a, filepath.Join(dir, "none")}} {
		if err := backbone.Distinct(t.Context(), backbone.WantedAll(names, nil, ""), nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", names, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := backbone.Distinct(ended, backbone.WantedAll([]string{a, copied}, nil, ""), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}

// TestLoadEnds with the context, and leaves no digest half done: the next one is that of the whole file.
func TestLoadEnds(t *testing.T) {
	path := netFile(t, "vgg11/32")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backbone.Load(ended, backbone.Wanted{Weights: path, Threads: 1}, "fc8"); !errors.Is(err, context.Canceled) {
		t.Errorf("loading: %v", err)
	}
	if _, err := backbone.Digest(ended, path); !errors.Is(err, context.Canceled) {
		t.Errorf("its digest: %v", err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.SHA256(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a digest after its end: %v", err)
	}
	if _, err := vgg.Load(ended, f, vgg.LoadOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a model after its end: %v", err)
	}
	want, err := backbone.Digest(t.Context(), path)
	if got, e := f.SHA256(t.Context()); err != nil || e != nil || got != want {
		t.Errorf("digest %s, %v, then %s, %v", want, err, got, e)
	}
}
