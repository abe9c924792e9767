package synth

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
)

// generate draws a data set into a new folder.
func generate(t *testing.T, o Options) Summary {
	t.Helper()
	s, err := Generate(context.Background(), filepath.Join(t.TempDir(), "set"), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// open opens a drawn data set, in which nothing may be missing or remarkable.
func open(t *testing.T, s Summary) *datasets.Set {
	t.Helper()
	set, err := datasets.Open(t.Context(), s.Spec, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := set.Check(context.Background()); len(problems) > 0 || err != nil {
		t.Fatal(problems, err)
	}
	if len(set.Skipped) > 0 && set.Kind == LayoutVOC2007 {
		t.Errorf("skipped %v", set.Skipped)
	}
	return set
}

// files reads a tree.
func files(t *testing.T, root string) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		all[rel], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSameSeedSameBytes(t *testing.T) {
	for _, layout := range Layouts() {
		o := Options{Layout: layout, Images: 24, Seed: 7, Size: 96, workers: 1}
		one := files(t, generate(t, o).Root)
		o.workers = 5
		many := files(t, generate(t, o).Root)
		o.Seed = 8
		other := files(t, generate(t, o).Root)
		least := 25
		if strings.HasPrefix(layout, "cifar") { // whose images are records
			least = 4
		}
		if len(one) < least || len(many) != len(one) {
			t.Fatalf("%s: %d and %d files", layout, len(one), len(many))
		}
		for name, b := range one {
			if !bytes.Equal(b, many[name]) {
				t.Errorf("%s: %s differs between 1 and 5 workers", layout, name)
			}
			if isJPEG(b) && bytes.Equal(b, other[name]) {
				t.Errorf("%s: %s is the same for two seeds", layout, name)
			}
		}
		for a, x := range one { // no image is drawn twice
			for b, y := range one {
				if a != b && isJPEG(x) && bytes.Equal(x, y) {
					t.Errorf("%s: %s and %s are the same", layout, a, b)
				}
			}
		}
	}
}

func isJPEG(b []byte) bool { return bytes.HasPrefix(b, []byte("\xff\xd8\xff")) }

func TestOptionErrors(t *testing.T) {
	for _, c := range []struct {
		o    Options
		word string
	}{
		{Options{}, `unknown layout "": expected voc2007, voc2012, voc2012-action, vocxml, caltech101, caltech256, imagenet, pets, flowers102, dtd, cub200, cars, aircraft, food101, sun397, mit67, dogs, coco, cifar10 or cifar100`},
		{Options{Layout: "cocoa"}, `unknown layout "cocoa"`},
		{Options{Layout: LayoutVOC2007, Images: 3}, "images: want 4 to 999999"},
		{Options{Layout: LayoutVOC2007, Images: -1}, "images: want"},
		{Options{Layout: layoutVOCXML, Alone: true, Images: 7}, "images: want 8 to"},
		{Options{Layout: LayoutCaltech101, Images: 2}, "images: want 3"},
		{Options{Layout: LayoutVOC2007, Size: 31}, "longer side: want 32 to 4096"},
		{Options{Layout: LayoutVOC2007, quality: 101}, "quality: want 1 to 100"},
		{Options{Layout: LayoutCaltech101, Classes: 103, Images: 500}, "classes: want 2 to 102"},
		{Options{Layout: LayoutCaltech101, Classes: 9, Images: 8}, "classes: want 2 to 8"},
		{Options{Layout: LayoutVOC2007, Classes: 5}, "classes: 5 would do nothing with the layout voc2007, which has all classes of the published set: leave them out, or choose a layout that has as many as are asked for, vocxml, caltech101, caltech256, imagenet, pets, flowers102, dtd, cub200, cars, aircraft, food101, sun397, mit67, dogs, coco, cifar10 or cifar100"},
		{Options{Layout: "voc2012-action", Classes: 5}, "classes: 5 would do nothing with the layout voc2012-action"},
		{Options{Layout: "caltech256", Classes: 258, Images: 500}, "classes: want 2 to 257"},
		{Options{Layout: "imagenet", Classes: 1001, Images: 5000}, "classes: want 2 to 1000"},
		{Options{Layout: LayoutCaltech101, workers: -1}, "workers: want"},
	} {
		dir := filepath.Join(t.TempDir(), "set")
		_, err := Generate(context.Background(), dir, c.o)
		if err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%+v: error %v lacks %q", c.o, err, c.word)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%+v: a folder was made", c.o)
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want Options
	}{
		{Options{Layout: LayoutVOC2007}, Options{Layout: LayoutVOC2007, Images: 100, Size: 500, quality: 90}},
		{Options{Layout: LayoutCaltech101}, Options{Layout: LayoutCaltech101, Images: 100, Size: 300, quality: 90, Classes: 10}},
		{Options{Layout: LayoutCaltech101, Images: 3}, Options{Layout: LayoutCaltech101, Images: 3, Size: 300, quality: 90, Classes: 3}},
		{Options{Layout: LayoutCaltech101, Images: 5000}, Options{Layout: LayoutCaltech101, Images: 5000, Size: 300, quality: 90, Classes: 102}},
	} {
		got, err := c.o.complete()
		if err != nil {
			t.Errorf("%+v: %v", c.o, err)
		}
		c.want.progress, got.progress = nil, nil
		if got.Images != c.want.Images || got.Size != c.want.Size || got.quality != c.want.quality || got.Classes != c.want.Classes {
			t.Errorf("%+v becomes %+v", c.o, got)
		}
	}
}

func TestReadmeTellsTheSeed(t *testing.T) {
	s := generate(t, Options{Layout: LayoutCaltech101, Images: 3, Seed: 4711, Size: 40})
	b, err := os.ReadFile(filepath.Join(s.Root, "README.txt"))
	if err != nil || !strings.Contains(string(b), "synthetic") || !strings.Contains(string(b), "seed 4711") {
		t.Errorf("%s, %v", b, err)
	}
}

func TestProgress(t *testing.T) {
	var calls []int
	generate(t, Options{Layout: LayoutCaltech101, Images: 9, Size: 40, workers: 3, progress: func(done, total int) {
		if total != 9 {
			t.Errorf("total %d", total)
		}
		calls = append(calls, done)
	}})
	if !slices.Equal(calls, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("calls %v", calls)
	}
}
