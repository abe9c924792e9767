package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExplore: a run becomes a page in its folder, which is made anew; elsewhere it replaces nothing unasked; names
// that the page gives are those that svm leaves out.
func TestExplore(t *testing.T) {
	j := newSmallJob(t, "20")
	run := j.out("run")
	want(t, exitDone, j.args("run")...)
	if out := want(t, exitDone, "explore", run); !strings.Contains(out, "explore.html: ") || !strings.Contains(out, "with a thumbnail") {
		t.Error(out)
	}
	page, err := os.ReadFile(filepath.Join(run, "explore.html"))
	if err != nil || !strings.Contains(string(page), "default-src 'none'") && !strings.Contains(string(page), "default-src &#39;none&#39;") {
		t.Fatal("no page with a policy", err)
	}
	out := want(t, exitDone, "explore", run, "--thumbnails", "0", "--json")
	var made struct {
		File               string
		Images, Thumbnails int
	}
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&made); err != nil || made.Images == 0 || made.Thumbnails != 0 || made.File != filepath.Join(run, "explore.html") {
		t.Errorf("%v: %s", err, out)
	}
	_, after, _ := strings.Cut(string(page), `id="part-names">`)
	inner, _, _ := strings.Cut(after, "</script>")
	var names []string
	if err := json.Unmarshal([]byte(inner), &names); err != nil || len(names) != made.Images {
		t.Fatalf("%d names, %v", len(names), err)
	}
	list := j.out("selection.txt")
	if err := os.WriteFile(list, []byte(strings.Join(names[:3], "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, exitDone, "svm", run, "--protocol", "voc2007", "--c", "1", "--exclude", list)
	all := j.out("all.txt")
	if err := os.WriteFile(all, []byte(strings.Join(names, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	svm := []string{"svm", run, "--protocol", "voc2007", "--c", "1", "--exclude", list, "--json", "--out"}
	var left, only struct{ Excluded []string }
	for to, args := range map[*struct{ Excluded []string }][]string{&left: append(svm, j.out("left")), &only: append(svm, j.out("only"), "--only", all)} {
		if err := json.NewDecoder(strings.NewReader(want(t, exitDone, args...))).Decode(to); err != nil {
			t.Fatal(err)
		}
	}
	if len(left.Excluded) != 3 || !slices.Equal(left.Excluded, only.Excluded) {
		t.Errorf("--exclude of three names leaves out %q, and with --only of all %q", left.Excluded, only.Excluded)
	}
	if code, _, stderr := fc7(t, "svm", run, "--only", ""); code != exitUsage || !strings.Contains(stderr, "--only names no row") {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	if code, _, stderr := fc7(t, "explore", run, "--weights", j.net, "--force"); code != exitUsage || !strings.Contains(stderr, "--weights would do nothing") {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	if out := want(t, exitDone, "explore", run, "--weights", j.net, "--evidence-of", list, "--evidence", "1"); !strings.Contains(out, " with evidence, ") {
		t.Error(out)
	}
	if out := want(t, exitDone, "explore", run); !strings.Contains(out, " with evidence, ") {
		t.Errorf("the next page lacks the evidence: %s", out)
	}
	own := filepath.Join(run, "explore.html")
	if err := os.WriteFile(own, []byte("<!doctype html>mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := fc7(t, "explore", run); code != exitFailed || !strings.Contains(stderr, own) || !strings.Contains(stderr, "--force") {
		t.Errorf("a file of others gives way: exit status %d: %s", code, stderr)
	}
	want(t, exitDone, "explore", run, "--force")
	want(t, exitDone, "explore", run, "--out", j.out("p.html"))
	if code, _, stderr := fc7(t, "explore", run, "--out", j.out("p.html")); code != exitFailed || !strings.Contains(stderr, "--force") {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	if code, _, stderr := fc7(t, "explore", run, "--out", j.out("p.txt")); code != exitUsage || !strings.Contains(stderr, ".html") {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	if code, _, stderr := fc7(t, "explore", run, "--data", "folder:"+j.out("nothing"), "--force"); code == exitDone || !strings.Contains(stderr, "nothing") {
		t.Errorf("exit status %d: %s", code, stderr)
	}
}
