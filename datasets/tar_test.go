package datasets

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// member is a file for a test's tar: a name, and a content by which the kind of entry is told.
type member struct{ name, content string }

// tarBytes writes a tar; a content "-> x" is a link.
func tarBytes(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.content)), Typeflag: tar.TypeReg}
		if target, ok := strings.CutPrefix(m.content, "-> "); ok {
			h.Typeflag, h.Linkname, h.Size, m.content = tar.TypeSymlink, target, 0, ""
		}
		if strings.HasSuffix(m.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// content reads what an item's location holds.
func content(t *testing.T, it Item) string {
	t.Helper()
	r, err := it.At.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTar(t *testing.T) {
	long := strings.Repeat("long/", 60) + "ü" // needs a PAX header
	root := tree(t, map[string]string{
		"set/b-1.tar": string(tarBytes(t,
			member{"./", ""},
			member{"./d/", ""},
			member{"./d/2.jpg", "two"}, member{"./d/2.cls", " cat\n"},
			member{long + ".png", strings.Repeat("L", 1500)},
			member{"1.JSON", `{"labels": ["dog", 7, "cat", null, "dog"], "caption": "x"}`}, member{"1.JPG", "one"}, member{"1.txt", "a dog"},
			member{"s.seg.png", "mask"}, member{"s.jpg", "image"}, member{"s.json", `{"label": 12}`}, member{"s.cls", "0"},
			member{"only.left.webp", "left"},
		)),
		"set/a.tar": string(tarBytes(t,
			member{"../up.jpg", "up"}, member{"/etc/abs.jpg", "abs"}, member{"x/../up.jpg", "in"}, member{"up.jpg", "plain"},
			member{"bad\xff.jpg", "bytes"}, member{"back\\slash.gif", "b"}, member{"caption.json", `["a", {"label": 1}]`},
			member{"link.jpg", "-> up.jpg"}, member{"._up.jpg", "fork"}, member{".git/x.jpg", "hidden"}, member{"README", "text"},
			member{"zero.jpg", ""}, member{"lonely.cls", "3"},
		)),
		"set/readme.md": "x",
		"set/more/":     "",
		"set/.hidden":   "x",
	})
	s := mustOpen(t, "tar:"+filepath.Join(root, "set"), Options{})
	var got []string
	for _, it := range s.Items {
		text := "empty"
		if it.ID != "zero" {
			text = content(t, it)
		}
		got = append(got, fmt.Sprintf("%s %.5s %v", it.ID, text, it.Labels()))
	}
	want := "../up up []\n/etc/abs abs []\nx/../up in []\nup plain []\n" + `bad\xff bytes []` + "\n" + `back\\slash b []` + "\nzero empty []\n" +
		"d/2 two [cat]\n" + long + " LLLLL []\n1 one [7 cat dog]\ns image [0]\nonly left []"
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("items\n%s\nwant\n%s", g, want)
	}
	if c := strings.Join(s.Classes, " "); c != "0 7 cat dog" || s.Kind != "tar" || s.Root != filepath.Join(root, "set") {
		t.Errorf("classes %s, kind %s, root %s", c, s.Kind, s.Root)
	}
	const skips = "deeper than the kind's tree goes: more\n" +
		"hidden or left by the operating system: .hidden a.tar: ._up.jpg a.tar: .git/x.jpg\n" +
		"link inside a tar file: a.tar: link.jpg\n" +
		"not a .tar file by its name: readme.md\n" +
		"not an image by the file name's extension: a.tar: README\n" +
		"part of a sample other than its image and labels: b-1.tar: 1.txt b-1.tar: s.seg.png\n" +
		"sample without an image: a.tar: caption a.tar: lonely"
	if g := skipped(s); g != skips {
		t.Errorf("skipped\n%s\nwant\n%s", g, skips)
	}
	problems, err := s.Check(t.Context())
	if err != nil || len(problems) != 1 || problems[0].id != "zero" {
		t.Errorf("problems %v, %v", problems, err)
	}
	if len(problems) == 1 {
		wantError(t, problems[0].err, "is empty")
	}
}

func TestTarErrors(t *testing.T) {
	good := tarBytes(t, member{"a.jpg", strings.Repeat("a", 700)}, member{"b.jpg", "bb"})
	pax := tarBytes(t, member{strings.Repeat("l/", 100) + "ü.jpg", "x"}) // 512 bytes of header, then the record
	record := 512 + bytes.IndexByte(pax[512:], 0)
	for name, c := range map[string]struct {
		data  string
		words []string
	}{
		"empty":     {"", []string{"ends at byte 0 without an end mark"}},
		"text":      {strings.Repeat("This is no tar. ", 100), []string{"want an uncompressed tar file"}},
		"short":     {"This is no tar.", []string{"it was cut"}},
		"gzip":      {"\x1f\x8b\x08\x00xxxxxx", []string{"compressed by gzip", "gunzip -k"}},
		"zstd":      {"\x28\xb5\x2f\xfdxxxxxx", []string{"compressed by zstd"}},
		"header":    {string(good[:300]), []string{"ends at byte 300"}},
		"data":      {string(good[:800]), []string{"at byte 512: a.jpg has 700 bytes, but the shard ends 288 bytes on: it was cut"}},
		"padding":   {string(good[:512+710]), []string{"ends at byte 1222"}},
		"between":   {string(good[:512+1024]), []string{"ends at byte 1536 without an end mark"}},
		"second":    {string(good[:512+1024+100]), []string{"ends at byte 1636 in the middle"}},
		"paxrecord": {string(pax[:record]), []string{"without an end mark"}},
		"paxblock":  {string(pax[:1024]), []string{"without an end mark"}},
		"damaged":   {string(good[:1536]) + strings.Repeat("x", 512) + string(good[2048:]), []string{"damaged"}},
		"joined":    {string(good) + string(good), []string{"data after the end mark, at byte 3584", "one by one"}},
		"twice":     {string(tarBytes(t, member{"a.jpg", "1"}, member{"./a.JPG", "2"})), []string{"at byte 1536: ./a.JPG: is in the shard twice: first at byte 512"}},
		"two":       {string(tarBytes(t, member{"a.jpg", "1"}, member{"a.png", "2"})), []string{"at byte 1536: the key a has a second image, .png besides .jpg at byte 512"}},
		"dotted":    {string(tarBytes(t, member{"a.1.jpg", "1"}, member{"a.2.jpg", "2"})), []string{"second image, .2.jpg", "first dot"}},
		"class":     {string(tarBytes(t, member{"a.jpg", "1"}, member{"a.cls", " \n"})), []string{"a.cls: want one class"}},
		"classes":   {string(tarBytes(t, member{"a.cls", "1\n2\n"})), []string{"a.cls: want one class"}},
		"largeclas": {string(tarBytes(t, member{"a.cls", strings.Repeat("x", 1025)})), []string{"want a class of at most 1024 bytes, found 1025"}},
		"largejson": {string(tarBytes(t, member{"a.json", strings.Repeat(" ", 4<<20+1)}, member{"a.jpg", "1"})), []string{"want at most 4194304 bytes of JSON"}},
		"json":      {string(tarBytes(t, member{"a.json", `{"label": `}, member{"a.jpg", "1"})), []string{"at byte 512: a.json: read labels:"}},
		"float":     {string(tarBytes(t, member{"a.json", `{"label": 1.5}`}, member{"a.jpg", "1"})), []string{"want a name or a whole number, found 1.5"}},
		"object":    {string(tarBytes(t, member{"a.json", `{"labels": {"a": 1}}`}, member{"a.jpg", "1"})), []string{"labels: want a name or a whole number"}},
		"noname":    {string(tarBytes(t, member{"a.json", `{"label": " "}`}, member{"a.jpg", "1"})), []string{"want a name"}},
		"noimage":   {string(tarBytes(t, member{"a.cls", "1"})), []string{"no image in 1 shard", "expected:"}},
		"longname":  {string(tarBytes(t, member{strings.Repeat("n", 5000) + ".jpg", "1"})), []string{"a name of 5004 bytes"}},
	} {
		file := filepath.Join(t.TempDir(), "s.tar")
		if err := os.WriteFile(file, []byte(c.data), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), "tar:"+file, Options{})
		if err == nil {
			t.Errorf("%s: no error, want one with %q", name, c.words)
			continue
		}
		wantError(t, err, append(c.words, "s.tar")...)
	}
}

func TestTarKeyInTwoShards(t *testing.T) {
	root := tree(t, map[string]string{
		"1.tar": string(tarBytes(t, member{"x.jpg", "1"}, member{"a.jpg", "1"})),
		"2.tar": string(tarBytes(t, member{"b.jpg", "1"}, member{"a.cls", "1"})),
	})
	_, err := Open(t.Context(), "tar:"+root, Options{})
	wantError(t, err, filepath.Join(root, "2.tar")+": at byte 1536: the key a is already in "+filepath.Join(root, "1.tar")+" at byte 1536")
}

// A sparse file is stored without its gaps, so that no range of the shard is its content.
func TestTarSparse(t *testing.T) {
	b := tarBytes(t, member{"gaps.jpg", ""}, member{"a.jpg", "x"})
	h := b[:512]
	h[156] = tar.TypeGNUSparse
	copy(h[257:], "ustar  \x00")
	clear(h[265:500])
	sum := 8 * int(' ')
	for i, c := range h {
		if i < 148 || i >= 156 {
			sum += int(c)
		}
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	root := tree(t, map[string]string{"s.tar": string(b)})
	s := mustOpen(t, "tar:"+root, Options{})
	if got := skipped(s); ids(s) != "a" || got != "sparse file inside a tar file: s.tar: gaps.jpg" {
		t.Errorf("items %s, skipped %s", ids(s), got)
	}
}
