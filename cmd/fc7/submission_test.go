package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSubmission: the server's file has a line an image, in the order of the names, with five numbers of the kit; one
// that cannot be read, or is not there, has a line too, and that is told.
func TestSubmission(t *testing.T) {
	data, net := drawnImageNet(t, 24)
	file := filepath.Join(t.TempDir(), "test.txt")
	test := filepath.Join(data, "test")
	call := func(more ...string) []string {
		return append([]string{"classify", "imagenet:" + data, "--split", "test", "--weights", net, "--views", "centre", "--submission", file}, more...)
	}
	if said := want(t, exitDone, call()...); !strings.Contains(said, "6 lines, 6 of them answered") || !strings.Contains(said, "100000") {
		t.Error(said)
	}
	numbers := map[string]string{}
	mapping, err := os.ReadFile(filepath.Join(data, "ILSVRC2012_devkit_t12", "data", "map_clsloc.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mapping)) {
		f := strings.Fields(line)
		numbers[f[0]] = f[1]
	}
	lines := readLines(t, file)
	_, out, _ := fc7(t, "classify", "imagenet:"+data, "--split", "test", "--weights", net, "--views", "centre", "--json")
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var a struct {
			Image   string
			Classes []struct{ Label string }
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Image != fmt.Sprintf("test/ILSVRC2012_test_%08d.JPEG", i+1) {
			t.Fatal(err, line)
		}
		var words []string
		for _, k := range a.Classes {
			words = append(words, numbers[k.Label])
		}
		if lines[i] != strings.Join(words, " ") || len(words) != 5 {
			t.Errorf("line %d is %q, expected %v", i+1, lines[i], words)
		}
	}
	if err := os.Remove(filepath.Join(test, "ILSVRC2012_test_00000002.JPEG")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(test, "ILSVRC2012_test_00000005.JPEG"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	said := want(t, exitSomeFailed, call("--force", "--devkit", filepath.Join(data, "ILSVRC2012_devkit_t12"))...)
	if !strings.Contains(said, "6 lines, 4 of them answered") || !strings.Contains(said, "1 that could not be read, 1 that were not there") {
		t.Error(said)
	}
	again := readLines(t, file)
	for i, line := range again {
		if i == 1 || i == 4 {
			if line != "1" {
				t.Errorf("line %d is %q", i+1, line)
			}
		} else if line != lines[i] {
			t.Errorf("line %d was %q, is %q", i+1, lines[i], line)
		}
	}
}

// TestSubmissionRefuses: what is no submission is told before the work.
func TestSubmissionRefuses(t *testing.T) {
	data, net := drawnImageNet(t, 8)
	dir := t.TempDir()
	kit := filepath.Join(data, "ILSVRC2012_devkit_t12")
	for name, c := range map[string]struct {
		code int
		args []string
		says string
	}{
		"no kit":       {exitUsage, []string{"folder:" + filepath.Join(data, "test")}, "missing --devkit"},
		"top":          {exitUsage, []string{"folder:" + data, "--devkit", kit, "--top", "3"}, "--top would do nothing"},
		"other images": {exitFailed, []string{"folder:" + filepath.Join(data, "val"), "--devkit", kit}, "are not of ILSVRC's test set"},
		"twice":        {exitFailed, []string{"imagenet:" + data, "imagenet:" + data, "--split", "test", "--devkit", kit}, "several of"},
		"no numbers":   {exitFailed, []string{"folder:" + filepath.Join(data, "test"), "--devkit", dir}, "no development kit here"},
		"other net":    {exitFailed, []string{"folder:" + filepath.Join(data, "test"), "--devkit", kit, "--weights", "small"}, "gives no number to"},
		"other ending": {exitUsage, []string{"folder:" + filepath.Join(data, "test"), "--devkit", kit, "--submission", filepath.Join(dir, "a.csv")}, ".txt"},
	} {
		args := append([]string{"classify", "--submission", filepath.Join(dir, "out.txt")}, c.args...)
		if name != "other net" {
			args = append(args, "--weights", net)
		}
		if said := want(t, c.code, args...); !strings.Contains(said, c.says) {
			t.Errorf("%s: %s", name, said)
		}
	}
	if said := want(t, exitUsage, "classify", "--devkit", kit, "a.jpg"); !strings.Contains(said, "--devkit would do nothing") {
		t.Error(said)
	}
	if said := want(t, exitUsage, "classify", "--split", "test", net); !strings.Contains(said, "--split test would do nothing") {
		t.Error(said)
	}
	if _, err := os.Stat(filepath.Join(dir, "out.txt")); err == nil {
		t.Error("a file was written")
	}
}

func readLines(t *testing.T, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}
