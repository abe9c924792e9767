package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReaderGone: nobody reads the results any more. The table is made all the same, and the exit status tells.
func TestReaderGone(t *testing.T) {
	j := newSmallJob(t, "6")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, both := range []bool{false, true} {
		cmd := asProgram(j.args("run")...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &stderr
		if both { // progress goes nowhere either
			cmd.Stderr = w
		}
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != exitFailed || !both && !strings.Contains(stderr.String(), "writing the results") {
			t.Errorf("exit status %d, %s", code, stderr.String())
		}
	}
	if out := want(t, exitDone, "verify", j.out("run")); !strings.Contains(out, "no problems") {
		t.Error(out)
	}
}

// TestClosedInput: a list that never comes is an error, and makes no folder.
func TestClosedInput(t *testing.T) {
	j := newSmallJob(t, "4")
	closed, err := os.Open(j.net)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	for what, in := range map[string]io.Reader{"nothing": r, "a net": closed, "no files": strings.NewReader("a.jpg\na.jpg\n")} {
		cmd := asProgram("extract", "list:-", "--weights", j.net, "-o", j.out("listed"))
		cmd.Stdin = in
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(string(out), "standard input") {
			t.Errorf("%s: exit status %d, %s", what, code, out)
		}
	}
	if _, err := os.Stat(j.out("listed")); err == nil {
		t.Error("the run's folder was made")
	}
}

// jsonEvents runs the program with --json and parses what it says.
func jsonEvents(t *testing.T, code int, args ...string) (events []map[string]any) {
	t.Helper()
	got, _, stderr := fc7(t, append(args, "--json")...)
	if got != code {
		t.Fatalf("exit status %d, want %d: %s", got, code, stderr)
	}
	for _, line := range strings.Split(strings.TrimSpace(stderr), "\n") {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil || e["event"] == nil || e["time"] == nil {
			t.Fatalf("%q: %v", line, err)
		}
		events = append(events, e)
	}
	return events
}

func TestJSONEvents(t *testing.T) {
	j := newSmallJob(t, "6")
	broken := filepath.Join(j.data, "VOCdevkit", "VOC2007", "JPEGImages", "000004.jpg")
	if err := os.WriteFile(broken, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	events := jsonEvents(t, exitSomeFailed, j.args("run")...)
	for _, e := range events {
		kinds[e["event"].(string)]++
		switch e["event"] {
		case "failed":
			if e["image"] != "000004" || !strings.Contains(e["reason"].(string), "unknown image format") {
				t.Errorf("%v", e)
			}
		case "shard":
			if e["rows"] != 2.0 || !strings.HasPrefix(e["file"].(string), "part-0000") {
				t.Errorf("%v", e)
			}
		case "start":
			if e["total"] != 6.0 || e["net"] != "vgg16/64" || e["identity"].(map[string]any)["pooling"] != "mean" {
				t.Errorf("%v", e)
			}
		}
	}
	if kinds["start"] != 1 || kinds["failed"] != 1 || kinds["shard"] != 3 || kinds["progress"] < 2 || kinds["end"] != 1 {
		t.Errorf("%v", kinds)
	}
	end := events[len(events)-1]
	if end["status"] != "some-failed" || end["exit"] != 3.0 || end["inputs"] != 6.0 || end["ok"] != 5.0 || end["failed"] != 1.0 || end["missing_shards"] != 0.0 || end["out"] != j.out("run") {
		t.Errorf("%v", end)
	}
	end = jsonEvents(t, exitFailed, j.args("run", "--no-flip")...)[0]
	if end["event"] != "end" || end["status"] != "failed" || !strings.Contains(end["error"].(string), "flip: table has true, now false") {
		t.Errorf("%v", end)
	}
}

// TestShareFlags: what the flags of sharing, retrying and new folders say.
func TestShareFlags(t *testing.T) {
	j := newSmallJob(t, "6")
	if out := want(t, exitDone, j.args("run", "--shard", "2/3")...); !strings.Contains(out, "this is the share 2/3 of the table; 2 files are left") || !strings.Contains(out, "2 images: 2 ok") {
		t.Error(out)
	}
	for _, bad := range []string{"0/3", "4/3", "x"} {
		if out := want(t, exitUsage, j.args("run", "--shard", bad)...); !strings.Contains(out, "--shard") {
			t.Error(out)
		}
	}
	if out := want(t, exitFailed, "merge", j.out("all"), j.out("run")); !strings.Contains(out, "2 of 3 shards are in none of the folders (0, 2)") {
		t.Error(out)
	}
	want(t, exitDone, j.args("run")...)
	if out := want(t, exitDone, j.args("run", "--no-flip", "--force-new")...); !strings.Contains(out, "this one is in "+j.out("run")+"-2") {
		t.Error(out)
	}
	if out := want(t, exitDone, "verify", j.out("run-2"), "--weights", j.net); !strings.Contains(out, "6 rows computed again from the images: compared to the last bit, largest difference 0") {
		t.Error(out)
	}
	if out := want(t, exitSomeFailed, j.args("small", "--max-pixels", "0.009MP")...); !strings.Contains(out, "raise the limit of pixels") {
		t.Error(out)
	}
	if out := want(t, exitDone, j.args("small", "--retry-failed")...); !strings.Contains(out, "tried again") {
		t.Error(out)
	}
	path := filepath.Join(j.out("small"), "features", "part-00001-of-00003.parquet")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 1
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if out := want(t, exitFailed, "verify", j.out("small")); !strings.Contains(out, "part-00001-of-00003.parquet: ") || !strings.Contains(out, "problems found") {
		t.Error(out)
	}
	out := want(t, exitFailed, "verify", j.out("small"), "--json")
	var v struct{ Problems []struct{ File string } }
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&v); err != nil || len(v.Problems) == 0 || v.Problems[0].File != "part-00001-of-00003.parquet" {
		t.Errorf("%v: %s", err, out)
	}
	want(t, exitUsage, "verify")
	want(t, exitUsage, "verify", j.out("small"), "--sample", "-1")
	want(t, exitUsage, "merge", j.out("small"))
}
