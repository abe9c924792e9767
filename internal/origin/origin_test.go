package origin

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNew(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	before := time.Now().Add(-2 * time.Second)
	c := New("fc7", "train", "folder:/data/my birds", "--freeze", "conv[1-3]*", "--rate=0.01", "it's", "", "=x", "a\nb'c\\", "$(rm x)", `a\b`, "\xff")
	const want = `fc7 train 'folder:/data/my birds' --freeze 'conv[1-3]*' --rate=0.01 'it'\''s' '' '=x' $'a\x0ab\'c\\' '$(rm x)' 'a\b' $'\xff'`
	if c.Text != want {
		t.Errorf("%s\nwant %s", c.Text, want)
	}
	if c.Folder != dir || c.Started.Before(before) || c.Started.Location() != time.UTC {
		t.Errorf("%+v", c)
	}
	if !strings.HasPrefix(c.Machine, runtime.GOOS+"/"+runtime.GOARCH+", ") || !strings.Contains(c.Machine, " core") || !strings.HasSuffix(c.Machine, " kernels") {
		t.Errorf("the machine is %q", c.Machine)
	}
	if got := Date(time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))); got != "2026-01-02 02:04:05 UTC" {
		t.Error(got)
	}
}

// TestCopied: bash reads the words that were given.
func TestCopied(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	words := []string{"a", "", "b c", "'", `"`, `\`, `\'`, "\x01'\\x", "\xffa0", "\nend", "é", "$HOME", "`id`", "*", "~", "#a", "!x", "a=b", "=", "{a,b}", "x;y", "<", "(", "\t"}
	cmd := exec.Command(bash, "-c", `printf '%s\0' `+New(words...).Text)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, words) {
		t.Errorf("%q\nwant %q", got, words)
	}
}
