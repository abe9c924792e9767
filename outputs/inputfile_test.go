package outputs

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/internal/place"
)

var someInputs = []RowInput{
	{Image: "a b/ü.jpg", Input: Input{SHA256: sha256.Sum256([]byte("a")), Size: 12, Time: -5}},
	{Image: "c", Object: 3, Input: Input{SHA256: sha256.Sum256(nil), Box: "1 2 30 40"}},
	{Image: "-", Input: Input{Size: 1 << 40}},
}

// TestInputs: what is written is read, beside its shard alone.
func TestInputs(t *testing.T) {
	run, own := t.TempDir(), strings.Repeat("a1", sha256.Size)
	if err := WriteInputs(place.Folder(run), own, Limits{}, someInputs); err == nil {
		t.Fatal("a run's folder was made")
	}
	if err := os.Mkdir(filepath.Join(run, DigestsDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteInputs(place.Folder(run), own, Limits{}, someInputs); err != nil {
		t.Fatal(err)
	}
	got, err := ReadInputs(run, own, len(someInputs))
	if err != nil || !slices.Equal(got, someInputs) {
		t.Errorf("%v, %v", got, err)
	}
	if got[2].Known() || !got[1].Known() {
		t.Error("which images are known is not")
	}
	other := strings.Repeat("b2", sha256.Size)
	for _, own := range []string{other, "", "../x", strings.Repeat("zz", sha256.Size)} {
		if _, err := ReadInputs(run, own, 3); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", own, err)
		}
	}
	if err := os.Rename(InputsPath(run, own), InputsPath(run, other)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadInputs(run, other, 3); err == nil || !strings.Contains(err.Error(), "not that of its shard") {
		t.Errorf("the file of another shard: %v", err)
	}
	for name, want := range map[string]bool{own + ".tsv": true, own: false, own + "0.tsv": false, "notes.tsv": false, strings.ToUpper(own) + ".tsv": false} {
		if IsInputsName(name) != want {
			t.Errorf("%s is a name of inputs: %v", name, !want)
		}
	}
}

// TestInputsDamaged: any changed, lost or added byte is found.
func TestInputsDamaged(t *testing.T) {
	run, own := t.TempDir(), strings.Repeat("a1", sha256.Size)
	if err := os.Mkdir(filepath.Join(run, DigestsDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteInputs(place.Folder(run), own, Limits{}, someInputs); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(InputsPath(run, own))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, i int, b []byte) {
		t.Helper()
		if _, err := checkInputs(string(b), own, len(someInputs)); err == nil {
			t.Errorf("byte %d %s: not refused", i, what)
		}
	}
	for i := range good {
		b := slices.Clone(good)
		b[i] ^= 1
		refused("changed", i, b)
		refused("lost", i, slices.Delete(slices.Clone(good), i, i+1))
		refused("and all behind it cut", i, good[:i])
	}
	if _, err := checkInputs(string(good), own, 2); err == nil {
		t.Error("the rows of another shard were taken")
	}
}

// TestInputLines: each field is checked, whatever the digest says.
func TestInputLines(t *testing.T) {
	sum := strings.Repeat("0f", sha256.Size)
	for _, line := range []string{
		"", sum, sum + "\t1\t2\t-\t0", sum + "\t1\t2\t-\t0\t", sum + "\t1\t2\t\t0\ta", sum + "\t1\t2\t-\t-1\ta", sum + "\tx\t2\t-\t0\ta", sum + "\t1\t2.5\t-\t0\ta",
		sum + "0f\t1\t2\t-\t0\ta", sum[2:] + "\t1\t2\t-\t0\ta", "x" + sum[1:] + "\t1\t2\t-\t0\ta", sum + "\t1\t2\t-\t0\ta\tb",
	} {
		if r, err := parseInput(line); err == nil {
			t.Errorf("%q is read as %v", line, r)
		}
	}
	if r, err := parseInput(sum + "\t1\t2\t-\t0\ta"); err != nil || r.Image != "a" || r.Size != 1 || r.Time != 2 {
		t.Errorf("%v, %v", r, err)
	}
}

// TestLimitsUnread: limits that nothing tells are known as such, those of a damaged file are not believed, and those
// that the disk does not give are an error.
func TestLimitsUnread(t *testing.T) {
	run, own := t.TempDir(), strings.Repeat("a1", sha256.Size)
	if l, err := ReadLimits(run, own, 3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %+v, error %v", l, err)
	}
	if err := os.Mkdir(filepath.Join(run, DigestsDir), 0o755); err != nil {
		t.Fatal(err)
	}
	path := InputsPath(run, own)
	for _, l := range []Limits{{}, {Pixels: 1000}} {
		if err := WriteInputs(place.Folder(run), own, l, someInputs); err != nil {
			t.Fatal(err)
		}
		if is, err := ReadLimits(run, own, len(someInputs)); err != nil || is != l {
			t.Errorf("%+v, error %v, want %+v", is, err, l)
		}
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(good, []byte("pixels=1000"), []byte("pixels=9000"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if l, err := ReadLimits(run, own, len(someInputs)); err == nil || l != (Limits{}) || !strings.Contains(err.Error(), path+": the file is damaged") {
		t.Errorf("another limit: %+v, error %v, want one that names the file", l, err)
	}
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o777)); err != nil { // opens, and fails to be read
		t.Fatal(err)
	}
	if l, err := ReadLimits(run, own, len(someInputs)); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Errorf("a file that cannot be read: %+v, error %v, want one that names it", l, err)
	}
}
