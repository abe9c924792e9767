package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

type member struct {
	name, content string
	kind          byte
	link          string
}

func tarOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o644, Size: int64(len(m.content)), Typeflag: m.kind, Linkname: m.link}
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

func zipOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.kind == tar.TypeSymlink {
			h.SetMode(os.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gz(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// into unpacks into a folder of its own, below one in which an escape would show.
func into(t testing.TB, archive []byte, l Limits) (dir string, res Result, err error) {
	t.Helper()
	above := t.TempDir()
	dir, file := filepath.Join(above, "in", "dir"), filepath.Join(above, "archive")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(file, archive, 0o644)); err != nil {
		t.Fatal(err)
	}
	res, err = Into(context.Background(), file, dir, l, nil)
	escaped, e := filepath.Glob(filepath.Join(above, "*"))
	inside, e2 := filepath.Glob(filepath.Join(above, "in", "*"))
	if e != nil || e2 != nil || len(escaped) != 2 || len(inside) != 1 {
		t.Fatalf("beside the folder there are %v %v", escaped, inside)
	}
	return dir, res, err
}

func TestFormats(t *testing.T) {
	members := []member{
		{name: "./", kind: tar.TypeDir},
		{name: "set/", kind: tar.TypeDir},
		{name: "set/a.jpg", content: "AAAA"},
		{name: "./set/deep/b.jpg", content: "B"},
		{name: "set/empty"},
		{name: "__MACOSX/set/._a.jpg", content: "x"},
		{name: "set/.DS_Store", content: "x"},
		{name: "set/._b.jpg", content: "x"},
	}
	plain := tarOf(t, members...)
	for name, archive := range map[string][]byte{"tar": plain, "tar.gz": gz(t, plain), "zip": zipOf(t, members[2:]...)} {
		dir, res, err := into(t, archive, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for path, want := range map[string]string{"set/a.jpg": "AAAA", "set/deep/b.jpg": "B", "set/empty": ""} {
			if got, err := os.ReadFile(filepath.Join(dir, path)); err != nil || string(got) != want {
				t.Errorf("%s: %s: %q, %v", name, path, got, err)
			}
		}
		if res != (Result{files: 3, Bytes: 5, ignored: 3}) {
			t.Errorf("%s: %+v", name, res)
		}
	}
}

func TestRefused(t *testing.T) {
	reg := func(names ...string) (out []member) {
		for _, n := range names {
			out = append(out, member{name: n, content: "data"})
		}
		return out
	}
	bomb := gz(t, tarOf(t, member{name: "zeros", content: strings.Repeat("\x00", 2_000_000)}))
	for name, c := range map[string]struct {
		archive []byte
		limits  Limits
		words   string
	}{
		"climbs out":     {tarOf(t, reg("../evil")...), Limits{}, "leads elsewhere"},
		"climbs late":    {tarOf(t, reg("a/../../evil")...), Limits{}, "leads elsewhere"},
		"absolute":       {tarOf(t, reg("/etc/evil")...), Limits{}, "leads elsewhere"},
		"backslash":      {tarOf(t, reg(`..\evil`)...), Limits{}, "leads elsewhere"},
		"zip climbs":     {zipOf(t, reg("../evil")...), Limits{}, "leads elsewhere"},
		"symlink":        {tarOf(t, member{name: "l", kind: tar.TypeSymlink, link: "/etc"}), Limits{}, "link"},
		"hard link":      {tarOf(t, member{name: "l", kind: tar.TypeLink, link: "x"}), Limits{}, "link"},
		"fifo":           {tarOf(t, member{name: "l", kind: tar.TypeFifo}), Limits{}, "device"},
		"zip link":       {zipOf(t, member{name: "l", kind: tar.TypeSymlink, content: "/etc"}), Limits{}, "link"},
		"twice":          {tarOf(t, reg("a", "a")...), Limits{}, "exists"},
		"file as folder": {tarOf(t, reg("a", "a/b")...), Limits{}, "a"},
		"members":        {tarOf(t, reg("a", "b", "c")...), Limits{members: 2}, "more than 2 members"},
		"bytes":          {tarOf(t, reg("a", "b", "c")...), Limits{bytes: 9}, "limit of 9 bytes"},
		"zip bytes":      {zipOf(t, reg("a", "b", "c")...), Limits{bytes: 9}, "limit"},
		"bomb":           {bomb, Limits{bytes: 1_000_000}, "limit of 1000000"},
		"long name":      {tarOf(t, reg(strings.Repeat("n", 5000))...), Limits{}, "longer"},
		"deep name":      {tarOf(t, reg(strings.Repeat("d/", 100)+"x")...), Limits{}, "deeper"},
		"cut tar":        {tarOf(t, reg("a", "b")...)[:1100], Limits{}, "unexpected EOF"},
		"cut gzip":       {bomb[:len(bomb)-5], Limits{}, "unexpected EOF"},
		"cut zip":        {zipOf(t, reg("a", "b")...)[:60], Limits{}, "not a valid zip"},
		"no archive":     {[]byte("<html>not found</html>"), Limits{}, ""},
		"empty":          {nil, Limits{}, "fewer than 4 bytes"},
		"empty tar":      {tarOf(t), Limits{}, "none of its members"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := into(t, c.archive, c.limits)
			if err == nil || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), "archive") {
				t.Errorf("%v does not say %q", err, c.words)
			}
		})
	}
}

// A .zip's directory is read as a whole before its first member is looked at.
func TestDirectoryOfZip(t *testing.T) {
	members := make([]member, 500)
	for i := range members {
		members[i].name = strings.Repeat("d/", 30) + strings.Repeat("n", 150) + strconv.Itoa(i)
	}
	archive := zipOf(t, members...)
	if _, r, err := into(t, archive, Limits{members: 500}); err != nil || r.files != 500 {
		t.Errorf("%d files, %v", r.files, err)
	}
	if _, _, err := into(t, archive, Limits{members: 5}); err == nil || !strings.Contains(err.Error(), "directory is larger") {
		t.Errorf("500 members where 5 may be: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.tar")
	if err := os.WriteFile(file, tarOf(t, member{name: "a", content: "x"}, member{name: "b", content: "x"}), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	res, err := Into(ctx, file, dir, Limits{}, func(Result) { cancel() })
	if !errors.Is(err, context.Canceled) || res.files != 1 {
		t.Errorf("%+v, %v", res, err)
	}
}

// What a .zip file says of a member's size is refused before any of it is unpacked, sizes beyond int64 too.
func TestSizeSaidByZip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.CreateRaw(&zip.FileHeader{Name: "huge", Method: zip.Store, UncompressedSize64: 1 << 63}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir, _, err := into(t, b.Bytes(), Limits{})
	if err == nil || !strings.Contains(err.Error(), `"huge" says it has 9223372036854775808 bytes`) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v was made of it, %v", left, err)
	}
}

// countingReader gives zeros without end and counts them.
type countingReader int64

func (c *countingReader) Read(b []byte) (int, error) {
	clear(b)
	*c += countingReader(len(b))
	return len(b), nil
}

// Of a member that is longer or shorter than its header says, at most a byte more than that is read, and no more
// reaches the disk.
func TestLengthOfMembers(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	unpacker := func() *unpacker {
		return &unpacker{ctx: t.Context(), root: root, limits: Limits{members: 9, bytes: 1 << 20}, buf: make([]byte, 100)}
	}
	endless, u := new(countingReader), unpacker()
	if err := u.file("longer", 1000, endless); err == nil || !strings.Contains(err.Error(), `"longer": has 1001 bytes or more, its header says 1000`) {
		t.Errorf("a member that is longer: %v", err)
	}
	if info, err := root.Stat("longer"); err != nil || info.Size() != 1001 || *endless != 1001 || u.done.files != 0 {
		t.Errorf("%d bytes were read of it, %+v counted; %v", *endless, u.done, err)
	}
	if err := unpacker().file("shorter", 5, strings.NewReader("four")); err == nil || !strings.Contains(err.Error(), "has 4 bytes or more, its header says 5") {
		t.Errorf("a member that is shorter: %v", err)
	}
	whole := unpacker()
	whole.limits.bytes = 5
	if err := whole.file("whole", 5, strings.NewReader("whole")); err != nil || whole.done.Bytes != 5 {
		t.Errorf("a member that fills the limit: %v", err)
	}
}
