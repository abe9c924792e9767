package datasets

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// What is written is read back, with objects and without.
func TestSplitsRoundTrip(t *testing.T) {
	root := tree(t, actionTree())
	for _, objects := range []string{ObjectsBox, ObjectsImage, ObjectsBoth} {
		spec := "voc2012:action:" + root
		s := mustOpen(t, spec, Options{Objects: objects})
		var b bytes.Buffer
		if n, err := WriteSplits(&b, s); err != nil || n != len(s.Items) {
			t.Fatalf("%d lines, %v", n, err)
		}
		file := filepath.Join(tree(t, map[string]string{"s.tsv": b.String()}), "s.tsv")
		again := mustOpen(t, spec, Options{Objects: objects, SplitFile: file})
		if rows(again) != rows(s) {
			t.Errorf("%s: got\n%swant\n%s", objects, rows(again), rows(s))
		}
	}
}

func TestSplitFile(t *testing.T) {
	root := tree(t, map[string]string{
		"t.csv":    "path,split,xmin,ymin,xmax,ymax\na.jpg,test,,,,\nb.jpg,test,1,1,2,2\nb.jpg,test,2,2,3,3\nc d.jpg,,,,,\n",
		"some.tsv": "\xef\xbb\xbfImage\tobject\tsplit\r\na.jpg\t\tTrain, trainval\r\n\r\nb.jpg\t0\ttest\n",
		"one.tsv":  "image\tobject\tsplit\nb.jpg\t0\ttrain\nb.jpg\t2\ttrainval\nc d.jpg\t0\ttest\n",
		"none.tsv": "image\tsplit\nz.jpg\ttest\na.jpg\ttest\ny.jpg\ttest\n",
	})
	spec := "csv:" + filepath.Join(root, "t.csv")
	s := mustOpen(t, spec, Options{SplitFile: filepath.Join(root, "some.tsv")})
	const want = "a.jpg [] [] [train trainval]\nb.jpg [] [] [test]\nb.jpg [] [] [test]\nc d.jpg [] [] []\n"
	if got := render(s); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := strings.Join(s.Notes, "; "); !strings.Contains(got, "1 of 4 rows are in no split") || !strings.Contains(got, "the first of them c d.jpg") {
		t.Errorf("notes %q", got)
	}
	s = mustOpen(t, spec, Options{SplitFile: filepath.Join(root, "one.tsv")})
	if got := render(s); got != "a.jpg [] [] []\nb.jpg [] [] [train]\nb.jpg [] [] [trainval]\nc d.jpg [] [] [test]\n" {
		t.Errorf("got\n%s", got)
	}
	_, err := Open(t.Context(), spec, Options{SplitFile: filepath.Join(root, "none.tsv")})
	wantError(t, err, "none.tsv:2", "no z.jpg", "2 of the 3 rows")
	_, err = Open(t.Context(), spec, Options{SplitFile: filepath.Join(root, "no.tsv")})
	wantError(t, err, "no.tsv")
}

func TestParseSplitsErrors(t *testing.T) {
	lim := splitLimits
	lim.lines = 5
	for text, words := range map[string]string{
		"":                                   "lists no image",
		"image\tsplit\n":                     "lists no image",
		"a\ttrain\n":                         "f:1: want the columns image",
		"image\tsplit\na\n":                  "f:2: want 2 fields",
		"image\tsplit\na\tb\tc\n":            "f:2: want 2 fields",
		"image\tsplit\n\ttrain\n":            "f:2: want the key",
		"image\tsplit\na\x07b\ttrain\n":      `f:2: want the key of an image, found "a\ab"`,
		"image\tsplit\na\tlearn\n":           `f:2: want a split of train, val, trainval, test, found "learn"`,
		"image\tsplit\na\t;\n":               "f:2: want a split, found nothing",
		"image\tobject\tsplit\na\tx\ttest\n": "f:2: want an object number",
		"image\tsplit\na\ttest\na\ttest\n":   "f:3: a is listed twice: first in line 2",
		"image\tsplit\na\ttest;train\n":      "f:2: a leak: the image a is in test and in train (line 2)",
		"image\tsplit\na\ttrain;val\n":       "f:2: a leak: the image a is in val and in train",
		"image\tobject\tsplit\na\t1\ttrainval\nb\t1\ttest\na\t2\ttest\n": "f:4: a leak: the image a is in test and in trainval (line 2)",
		"image\tsplit\na\ttest\nb\ttest\nc\ttest\nd\ttest\ne\ttest\n":    "f:6: more than 5 lines",
		"image\tsplit\n" + strings.Repeat("x", 20<<10) + "\ttest\n":      "f:2: a line longer than",
	} {
		_, err := parseSplits("f", strings.NewReader(text), lim)
		wantError(t, err, words)
	}
}

func TestWriteSplitsNone(t *testing.T) {
	_, err := WriteSplits(&bytes.Buffer{}, &Set{Items: []Item{{ID: "a"}}})
	wantError(t, err, "no row of the set is in a split")
}
