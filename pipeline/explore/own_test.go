package explore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckOwn: a page of explore's gives way to the next one, and so does a link; a file of others stays.
func TestCheckOwn(t *testing.T) {
	x, _ := extracted(t)
	j := pageJob(t, x.Out)
	j.Out = filepath.Join(x.Out, OwnFile)
	if err := CheckOwn(j.Out, false); err != nil {
		t.Errorf("there is none: %v", err)
	}
	write(t, j)
	if err := CheckOwn(j.Out, false); err != nil {
		t.Errorf("a page: %v", err)
	}
	for _, text := range []string{"", "<!doctype html>\n<html lang=\"en\">\n<title>mine</title>"} {
		mine := filepath.Join(t.TempDir(), "mine.html")
		if err := os.WriteFile(mine, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := CheckOwn(mine, false); err == nil || !strings.Contains(err.Error(), mine) || !strings.Contains(err.Error(), "--force") {
			t.Errorf("%q: %v", text, err)
		}
		if err := CheckOwn(mine, true); err != nil {
			t.Errorf("with --force: %v", err)
		}
		link := mine + ".link"
		if err := os.Symlink(mine, link); err == nil {
			if err := CheckOwn(link, false); err != nil {
				t.Errorf("a link: %v", err)
			}
		}
	}
}
