package datasets

import (
	"os"
	"path/filepath"
	"testing"
)

// TestBeside: a name without ending means the file beside it, the likeliest of several, in any folder, in an absolute
// path too; of a folder that may only be entered each is tried.
func TestBeside(t *testing.T) {
	dir := tree(t, map[string]string{
		"a.png": "", "a.jpg": "", "b.JPG": "", "c.gif": "", "d.e": "", "sub/f.tif": "", "sub/g.bmp": "", "closed/h.png": "",
		"t.csv": "key,label\na,x\nb,x\nc,x\nd,x\nsub/f,x\nsub/g,x\nsub/a,x\nno/a,x\nclosed/h,x\nclosed/i,x\nz.tiff,x\n",
	})
	if err := os.Chmod(filepath.Join(dir, "closed"), 0o300); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "closed"), 0o700) })
	o := Options{ImageColumn: "key"}
	const want = "a.jpg b.JPG c d sub/f.tif sub/g.bmp sub/a no/a closed/h.png closed/i z.tiff"
	if got := ids(mustOpen(t, "csv:"+filepath.Join(dir, "t.csv"), o)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	far := filepath.Join(t.TempDir(), "far.csv")
	if err := os.WriteFile(far, []byte("key,label\n"+filepath.Join(dir, "a")+",x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := mustOpen(t, "csv:"+far, o).Items[0].At.Path; got != filepath.Join(dir, "a.jpg") {
		t.Errorf("the absolute path led to %s", got)
	}
}

// TestBesideListsOnce: after a folder was listed, names without a file cost nothing on the disk, and one with a file a
// single question: a name whose file came later is not found.
func TestBesideListsOnce(t *testing.T) {
	dir := tree(t, map[string]string{"a.txt": ""})
	b := beside{}
	find := func(name string) string {
		end, err := b.find(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	if end := find("b"); end != "" {
		t.Fatalf("found b%s", end)
	}
	if err := os.WriteFile(filepath.Join(dir, "c.jpg"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if end := find("c"); end != "" {
		t.Errorf("each ending of each name is asked for: found c%s", end)
	}
}
