package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// row renders what a table says of an item.
func row(it Item) string {
	s := fmt.Sprintf("%s %d %v %v %v", it.ID, it.Object, it.Labels(), it.Ignored(), it.Splits())
	if it.Box != nil {
		s += " {" + it.Box.Corners() + "}"
	}
	return s
}

func rowsOf(s *Set) string {
	var lines []string
	for _, it := range s.Items {
		lines = append(lines, row(it))
	}
	return strings.Join(lines, "\n")
}

func TestCSV(t *testing.T) {
	root := tree(t, map[string]string{
		"meta/t.csv": "\xef\xbb\xbfPath, Labels ,ignored,SPLITS,id,note\r\n" +
			"./b.jpg,dog; cat |dog,,test|Train,,x\r\n" +
			"\r\n" +
			"\"odd, \"\"name\"\".jpg\",,zebra,trainval, two ,\r\n" +
			"../a.jpg,ant,cat;;,,three,\"a\nb\"\r\n" +
			"/abs/c.jpg,,,val,,\n",
	})
	s := mustOpen(t, "csv:"+filepath.Join(root, "meta", "t.csv"), Options{})
	const want = "b.jpg 0 [cat dog] [] [train test]\n" +
		"two 0 [] [zebra] [trainval]\n" +
		"three 0 [ant] [cat] []\n" +
		"/abs/c.jpg 0 [] [] [val]"
	if got := rowsOf(s); got != want {
		t.Errorf("rows\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(s.Classes, " "); got != "ant cat dog zebra" || s.Kind != "csv" || s.Root != filepath.Join(root, "meta") {
		t.Errorf("classes %s, kind %s, root %s", got, s.Kind, s.Root)
	}
	for i, want := range []string{filepath.Join(root, "meta/b.jpg"), filepath.Join(root, `meta/odd, "name".jpg`), filepath.Join(root, "a.jpg"), "/abs/c.jpg"} {
		if s.Items[i].At.Path != want {
			t.Errorf("item %d is at %s, want %s", i, s.Items[i].At.Path, want)
		}
	}
	if len(s.Notes) != 2 || !strings.Contains(s.Notes[0], "1 column (note)") || !strings.Contains(s.Notes[1], "1 of 4 rows have an empty cell") {
		t.Errorf("notes %v", s.Notes)
	}
	if few := mustOpen(t, "csv:"+filepath.Join(root, "meta", "t.csv"), Options{PerClass: 1}); ids(few) != "b.jpg three /abs/c.jpg" {
		t.Errorf("1 a class: %s", ids(few))
	}
}

func TestTSVWithBoxes(t *testing.T) {
	root := tree(t, map[string]string{
		"auto.tsv":  "xmin\tymin\txmax\tymax\tpath\n1\t2\t3.0\t4\ta,b.jpg\n\t\t\t\ta,b.jpg\n5\t5\t5\t5\ta,b.jpg\n1\t1\t2\t2\tc.jpg\n",
		"given.csv": "path,object,xmin,ymin,xmax,ymax,labels\na,7,1,1,2,2,x\na,0,,,,,x\na,2,1,1,2147483647,2,\n",
	})
	for name, want := range map[string]string{
		"auto.tsv":  "a,b.jpg 1 [] [] [] {1 2 3 4}\na,b.jpg 0 [] [] []\na,b.jpg 2 [] [] [] {5 5 5 5}\nc.jpg 1 [] [] [] {1 1 2 2}",
		"given.csv": "a 7 [x] [] [] {1 1 2 2}\na 0 [x] [] []\na 2 [] [] [] {1 1 2147483647 2}",
	} {
		s := mustOpen(t, "csv:"+filepath.Join(root, name), Options{})
		if got := rowsOf(s); got != want || slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "not read") }) {
			t.Errorf("%s: rows\n%s\nwant\n%s\nnotes %v", name, got, want, s.Notes)
		}
	}
}

func TestCSVErrors(t *testing.T) {
	const box = "path,object,xmin,ymin,xmax,ymax\n"
	for text, words := range map[string][]string{
		"":                                 {"lists no image", "expected:", "path,labels,split"},
		"path,labels\n":                    {"lists no image"},
		"where,labels\na,b\n":              {"t.csv:1: want a header with a column path", "2 columns (where, labels)"},
		"path;labels\na;b\n":               {"t.csv:1: want a header", "commas or tabs", "path;labels"},
		"path,split,splits\n":              {"t.csv:1: the column split is there twice: fields 2 and 3"},
		"path,labels\na,b\nc\n":            {"t.csv:3: want 2 fields as in the header, found 1"},
		"path,labels\na,b\n\nc,d,e\n":      {"t.csv:4: want 2 fields as in the header, found 3"},
		"path,labels\n ,b\n":               {"t.csv:2: path: want a path, found nothing"},
		"path\n\"a\nb\"c\"\n":              {"t.csv:3: column", "twice"},
		"path\na\n\"b":                     {"t.csv:3: column"},
		"path\na\nb\n./a\n":                {"t.csv:4: a is listed twice: first in line 2", "give each row an id"},
		"path,split\na,train;devel\n":      {`t.csv:2: want a split of train, val, trainval, test, found "devel"`},
		"path,labels,ignored\na,b;c,c\n":   {`t.csv:2: "c" is both a label and ignored`},
		box + "a,1,1,1,2,\n":               {"t.csv:2: want xmin, ymin, xmax and ymax, or none"},
		box + "a,1,1,1,2,high\n":           {`t.csv:2: ymax: want a pixel coordinate`, `"high"`},
		box + "a,1,1,1,2,2147483648\n":     {"t.csv:2: ymax: want a pixel coordinate"},
		box + "a,1,3,1,2,2\n":              {"t.csv:2: want xmin at most xmax"},
		box + "a,,1,1,2,2\n":               {"t.csv:2: object: want a whole number"},
		box + "a,3,,,,\n":                  {`t.csv:2: object "3" has no box`},
		box + "a,1,1,1,2,2\na,1,1,1,2,2\n": {"t.csv:3: object 1 of a is listed twice"},
	} {
		root := tree(t, map[string]string{"t.csv": text})
		_, err := Open(t.Context(), "csv:"+filepath.Join(root, "t.csv"), Options{})
		wantError(t, err, words...)
	}
	_, err := Open(t.Context(), "csv:"+t.TempDir(), Options{})
	wantError(t, err, "want a file, found a folder")
	if _, err := Open(t.Context(), "csv:absent", Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing table gives %v", err)
	}
}

func TestCSVLimits(t *testing.T) {
	lim := csvLimits{bytes: 1 << 20, record: 1 << 17, rows: 3}
	read := func(text string, lim csvLimits) error {
		_, err := readCSV(csvTable.KindInfo, "t.csv", strings.NewReader(text), 0, lim, Options{}, nil)
		return err
	}
	wantError(t, read("path\na\nb\nc\nd\n", lim), "t.csv:5: more than 3 rows")
	wantError(t, read("path\na\n\""+strings.Repeat("x\n", 1<<18), lim), "t.csv:3: a row longer than 131072 bytes", "closing quote")
	lim.rows = 1 << 30
	long := "path,labels\n"
	for i := range 20 {
		long += fmt.Sprintf("%d,%s\n", i, strings.Repeat("x", 60000))
	}
	wantError(t, read(long, lim), "the table is larger than 1048576 bytes")
	lim.bytes = int64(len(long))
	if err := read(long, lim); err != nil {
		t.Errorf("a table as large as it may be: %v", err)
	}
	_, err := readCSV(csvTable.KindInfo, "t.csv", failing{}, 0, lim, Options{}, nil)
	wantError(t, err, "t.csv:1: disk on fire")
}
