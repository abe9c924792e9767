package datasets

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fc7/internal/escape"
)

// allocated returns how many bytes a function allocates in all.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

// Annotations that expand, nest or never end cost no more than their limit allows.
func TestAnnotationBombs(t *testing.T) {
	bomb := "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a0 \"ha\">"
	for i := range 30 {
		bomb += fmt.Sprintf("<!ENTITY a%d \"&a%d;&a%d;\">", i+1, i, i)
	}
	for name, r := range map[string]io.Reader{
		"entities":  strings.NewReader(bomb + "]><annotation><folder>&a30;</folder></annotation>"),
		"external":  strings.NewReader(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><folder>&x;</folder></annotation>`),
		"nested":    &endless{text: "<object>"},
		"unknown":   io.MultiReader(strings.NewReader("<annotation>"), &endless{text: "<x>"}),
		"attribute": io.MultiReader(strings.NewReader("<annotation a='"), &endless{text: "x"}),
		"text":      io.MultiReader(strings.NewReader("<annotation><folder>"), &endless{text: "long "}),
		"actions":   io.MultiReader(strings.NewReader("<annotation><object><name>person</name><actions>"), &endless{text: "<walking>1</walking>"}),
		"comment":   io.MultiReader(strings.NewReader("<annotation><!--"), &endless{text: "x"}),
	} {
		var err error
		n := allocated(func() { _, err = parseAnnotation(r) })
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if n > 200<<20 {
			t.Errorf("%s: %d MB allocated", name, n>>20)
		}
	}
}

// A text without end, or without line ends, is given up at its limit.
func TestEndlessText(t *testing.T) {
	k := list.KindInfo
	lim := lineLimits{bytes: 1 << 20, line: 4096, lines: 1000, what: "a list"}
	_, err := readList(k, "f", ".", &endless{text: "x"}, 0, lim, nil)
	wantError(t, err, "f:1: a line longer than 4096 bytes")
	_, err = readList(k, "f", ".", &endless{text: "\n"}, 0, lim, nil)
	wantError(t, err, "f:1001: more than 1000 lines")
	lim.lines = 0
	_, err = readList(k, "f", ".", &endless{text: "\n"}, 0, lim, nil)
	wantError(t, err, "f: larger than 1048576 bytes")
	_, err = readCSV(csvTable.KindInfo, "f", io.MultiReader(strings.NewReader("path\n\""), &endless{text: "x"}), 0, csvLimits{1 << 30, 1 << 20, 1 << 20, 100}, Options{}, nil)
	wantError(t, err, "f:2: a row longer than 1048576 bytes: is a closing quote missing?")
	_, err = parseSplits("f", io.MultiReader(strings.NewReader("image\tsplit\n"), &endless{text: "x"}), splitLimits)
	wantError(t, err, "f:2: a line longer than")
	_, err = parseActionClassList("f", &endless{text: "a 1 1 "})
	wantError(t, err, "f:1: a line longer than")
}

// Names with line ends, tabs and terminal codes become keys that fit in one line, and the files are still found.
func TestFolderStrangeNames(t *testing.T) {
	names := []string{"a\nb.jpg", "a\tb.jpg", "\x1b[31mred.jpg", " .jpg", "-rf.jpg", strings.Repeat("n", 240) + ".jpg"}
	root := t.TempDir()
	for _, n := range names {
		if err := os.WriteFile(filepath.Join(root, n), []byte(n), 0o644); err != nil {
			t.Skipf("such names cannot be on %s: %v", runtime.GOOS, err)
		}
	}
	s := mustOpen(t, "folder:"+root, Options{})
	if len(s.Items) != len(names) {
		t.Fatalf("%d of %d files", len(s.Items), len(names))
	}
	for _, it := range s.Items {
		if strings.ContainsAny(it.ID, "\n\t\x1b") {
			t.Errorf("key %q", it.ID)
		}
		if got := string(readAll(t, it.At)); escape.Name(got) != it.ID {
			t.Errorf("%s holds %q", it.ID, got)
		}
	}
}

// A folder of many names costs a few hundred bytes a name.
func TestFolderOfManyNames(t *testing.T) {
	const n = 4_000
	root := t.TempDir()
	for i := range n {
		f, err := os.Create(filepath.Join(root, fmt.Sprintf("%08d.jpg", i)))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	var s *Set
	if perName := allocated(func() { s = mustOpen(t, "folder:"+root, Options{}) }) / n; perName > 4096 {
		t.Errorf("%d bytes a name", perName)
	}
	if len(s.Items) != n || s.Items[n-1].ID != fmt.Sprintf("%08d.jpg", n-1) {
		t.Errorf("%d items", len(s.Items))
	}
}
