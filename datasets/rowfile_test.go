package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func rowFile(t *testing.T, text string, read func(context.Context, string) (*RowFile, error)) (*RowFile, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return read(t.Context(), path)
}

// TestLabelFile: rows by key, whatever names it, with what is said of them; a table of csv: is read as it is.
func TestLabelFile(t *testing.T) {
	for name, text := range map[string]string{
		"ids":     "id,labels,split\n000005,cat;dog,train\n000007,,test\n",
		"images":  "\xef\xbb\xbfimage\tlabels\tsplits\n000005\tdog|cat\tTRAIN\n000007\t\ttest\n",
		"paths":   "path,note,labels,split\n./000005,x,\"cat;dog\",train\n000007,,,test\n",
		"a table": "path,id,labels,split,xmin,ymin,xmax,ymax,object\na.jpg,000005,cat;dog,train,,,,,0\nb.jpg,000007,,test,0,,-3,10.5,\n",
	} {
		f, err := rowFile(t, text, ReadLabelFile)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a, ok := f.Find("000005", 0); !ok || !slices.Equal(a.Labels(), []string{"cat", "dog"}) || !slices.Equal(a.Splits(), []string{"train"}) || !f.Splits {
			t.Errorf("%s: %+v, %v", name, a, ok)
		}
		if _, ok := f.Find("000005", 1); ok {
			t.Errorf("%s: an object of an image is not the image", name)
		}
		if got := f.Unused(); f.Len() != 2 || !slices.Equal(got, []string{"000007"}) {
			t.Errorf("%s: %d rows, unused %q", name, f.Len(), got)
		}
		if sum := sha256.Sum256([]byte(text)); f.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: digest %s", name, f.SHA256)
		}
	}
	f, err := rowFile(t, "path,xmin,ymin,xmax,ymax,labels\na.jpg,1,1,5,5,cat\na.jpg,2,2,5,5,dog\n", ReadLabelFile)
	if err != nil {
		t.Fatal(err)
	}
	if dog, ok := f.Find("a.jpg", 2); !ok || dog.Labels()[0] != "dog" || f.Splits {
		t.Errorf("boxes are numbered as those of csv: are: %+v, %v", dog, ok)
	}
	f, err = rowFile(t, "file_name,Label\na.jpg,cat\nb.jpg,\n", ReadLabelFile)
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := f.Find("a.jpg", 0); !ok || !slices.Equal(a.Labels(), []string{"cat"}) {
		t.Errorf("a column that csv: reads as labels: %+v, %v", a, ok)
	}
	if b, ok := f.Find("b.jpg", 0); !ok || b.None || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "the column Label; an empty cell of it is not known") {
		t.Errorf("an empty cell of a label: %+v, %v, %q", b, ok, f.Notes)
	}
	for text, want := range map[string]string{
		"path,breed\na,cat\n":                     "f:1: want a header with the columns id or path, and labels",
		"id,label,class\na,cat,1\n":               "f:1: several columns may be the labels: label, class: name the one that is meant labels",
		"labels,object\ncat,1\n":                  "columns id or path",
		"id,labels\na,cat\na,dog\n":               "f:3: a is listed twice: first in line 2",
		"id,labels\n,cat\n":                       "f:2: path: want a path, found nothing",
		"id,object,labels\na,-1,cat\n":            "f:2: object: want a whole number",
		"id,labels,split\na,cat,learn\n":          "f:2: want a split of train",
		"id,labels,ignored\na,cat,cat\n":          `f:2: "cat" is both`,
		"id,labels\n":                             "lists no row",
		"id,labels\na,cat,x\n":                    "want 2 fields",
		"":                                        "lists no row",
		"id,image,labels\na,b,cat\n":              "the column id is there twice",
		"id,labels\n\"a\x00,cat\nb,cat\n" + "\"x": "f:",
	} {
		if _, err := rowFile(t, text, ReadLabelFile); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := ReadLabelFile(t.Context(), filepath.Join(t.TempDir(), "none.csv")); err == nil || !strings.Contains(err.Error(), "read labels: ") {
		t.Error(err)
	}
}

// TestSplitRows: a line of an image stands for its objects that have none of their own, and is used by any of them.
func TestSplitRows(t *testing.T) {
	f, err := rowFile(t, "image\tobject\tsplit\na\t0\ttrain;trainval\na\t2\ttrainval\nb\t1\ttest\n", ReadSplitFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		object int
		want   string
	}{{0, "[train trainval]"}, {1, "[train trainval]"}, {2, "[trainval]"}} {
		if it, ok := f.Find("a", c.object); !ok || fmt.Sprint(it.Splits()) != c.want {
			t.Errorf("object %d: %v, %v", c.object, it.Splits(), ok)
		}
	}
	if got := f.Unused(); !slices.Equal(got, []string{"b#1"}) || f.Len() != 3 {
		t.Errorf("%q", got)
	}
	if _, err := rowFile(t, "image\tsplit\na\ttrain;test\n", ReadSplitFile); err == nil || !strings.Contains(err.Error(), "a leak") {
		t.Error(err)
	}
}

// TestRemoteRowFiles: files of labels and splits are at an address what they are on a disk.
func TestRemoteRowFiles(t *testing.T) {
	at := serveTexts(t, map[string]string{"/l.csv": "id,labels\n000005,cat\n", "/s.tsv": "image\tsplit\n000005\ttest\n", "/empty": ""})
	labels, err := ReadLabelFile(t.Context(), at+"/l.csv")
	if err != nil || labels.Len() != 1 || labels.Path != at+"/l.csv" || len(labels.SHA256) != 2*sha256.Size {
		t.Errorf("%+v, %v", labels, err)
	}
	splits, err := ReadSplitFile(t.Context(), at+"/s.tsv?v=1")
	if err != nil || splits.Len() != 1 || !splits.Splits || splits.Path != at+"/s.tsv?…" {
		t.Errorf("%+v, %v", splits, err)
	}
	for _, name := range []string{"/empty", "/none"} {
		for _, read := range []func(context.Context, string) (*RowFile, error){ReadLabelFile, ReadSplitFile} {
			if _, err := read(t.Context(), at+name); err == nil || !strings.Contains(err.Error(), at+name) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
