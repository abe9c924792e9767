package datasets

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestFolderLinks(t *testing.T) {
	outside := tree(t, map[string]string{"fox/1.jpg": "", "fox/2.jpg": "", "hen/1.jpg": ""})
	root := tree(t, map[string]string{
		"cat/1.jpg":        "",
		"cat/self":         "-> .",
		"cat/up":           "-> ..",
		"cat/linked.jpg":   "-> 1.jpg",
		"cat/gone.jpg":     "-> nowhere.jpg",
		"cat/ouro.jpg":     "-> ouro.jpg",
		"kitty":            "-> cat",
		"fox":              "-> " + filepath.Join(outside, "fox"),
		"zfox":             "-> " + filepath.Join(outside, "fox"),
		".store/owl/1.jpg": "",
		"owl":              "-> .store/owl",
		"all":              "-> " + outside,
	})
	if err := os.Symlink(root, filepath.Join(outside, "hen", "back")); err != nil {
		t.Fatal(err)
	}
	s := openSoon(t, "folder:"+root)
	// all comes first by name, so that it is what holds the foxes.
	const want = "all/fox/1.jpg all/fox/2.jpg all/hen/1.jpg cat/1.jpg cat/gone.jpg cat/linked.jpg cat/ouro.jpg owl/1.jpg"
	if got := ids(s); got != want {
		t.Errorf("items %s", got)
	}
	const skips = skipHidden + ": .store\n" +
		skipVisited + ": all/hen/back cat/self cat/up fox kitty zfox"
	if got := skipped(s); got != skips {
		t.Errorf("skipped\n%s\nwant\n%s", got, skips)
	}
}

// Each of 30 folders links twice to the next: 2^30 paths without the rule that no folder is read twice.
func TestFolderLinkLattice(t *testing.T) {
	outside := t.TempDir()
	at := func(n int) string {
		return filepath.Join(outside, "level"+string(rune('0'+n/10))+string(rune('0'+n%10)))
	}
	for n := range 30 {
		if err := os.Mkdir(at(n), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b"} {
			if err := os.Symlink(at(n+1), filepath.Join(at(n), name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(at(30), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at(30), "x.jpg"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	root := tree(t, map[string]string{"in": "-> " + at(0)})
	if s := openSoon(t, "folder:"+root); len(s.Items) != 1 {
		t.Errorf("%d items, want 1", len(s.Items))
	}
}

func TestFolderRootIsLink(t *testing.T) {
	root := tree(t, map[string]string{"real/cat/1.jpg": "", "real/cat/back": "-> ../..", "link": "-> real"})
	s := openSoon(t, "folder:"+filepath.Join(root, "link"))
	// back leads out of the root, to a folder in which the root lies.
	if got := ids(s); got != "cat/1.jpg" {
		t.Errorf("items %s", got)
	}
}

func TestFolderNamesNotUTF8(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "caf\xe9"), 0o755); err != nil {
		t.Skip("names must be UTF-8 here: ", err)
	}
	for _, name := range []string{"\xff.jpg", `\xff.jpg`, "\xfe.jpg", "ok.jpg"} {
		if err := os.WriteFile(filepath.Join(root, "caf\xe9", name), []byte(name), 0o644); err != nil {
			t.Skipf("names must be UTF-8 on %s: %v", runtime.GOOS, err)
		}
	}
	s := openSoon(t, "folder:"+root)
	if got := ids(s); got != `caf\xe9/\\xff.jpg caf\xe9/ok.jpg caf\xe9/\xfe.jpg caf\xe9/\xff.jpg` {
		t.Errorf("items %s", got)
	}
	if s.Classes[0] != `caf\xe9` {
		t.Errorf("class %q", s.Classes[0])
	}
	for _, it := range s.Items {
		if err := it.At.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestFolderUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("the super-user may read everything")
	}
	root := tree(t, map[string]string{"cat/1.jpg": "", "shut/": ""})
	if err := os.Chmod(filepath.Join(root, "shut"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), "folder:"+root, Options{})
	wantError(t, err, "shut", "readable")
}
