package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fc7/outputs"
	"fc7/pipeline/planned"
)

// statusOf is what status tells of a run.
func statusOf(t *testing.T, run string) (s planned.Status) {
	t.Helper()
	if code, out, said := fc7(t, "status", run, "--price", "2", "--json"); code != exitDone || json.Unmarshal([]byte(out), &s) != nil {
		t.Fatal(code, out, said)
	}
	return s
}

// TestStatusAfterMerge: what tasks took is told when the table is merged, and merged again, too; the manifest has what
// one machine's has, and the command where there was one.
func TestStatusAfterMerge(t *testing.T) {
	j := newSmallJob(t, "4")
	j.plan(t, "run", "--tasks", "1")
	run := j.out("run")
	want(t, exitDone, "extract", "--plan", run, "--task", "0")
	before := statusOf(t, run)
	if before.CoreHours <= 0 || before.Cost == nil {
		t.Fatalf("%+v", before)
	}
	for range 2 {
		want(t, exitDone, "merge", run)
		if s := statusOf(t, run); !s.Merged || s.CoreHours != before.CoreHours || s.Cost == nil || *s.Cost != *before.Cost {
			t.Errorf("%+v, want %+v", s, before)
		}
	}
	if out := want(t, exitDone, "status", run); !strings.Contains(out, "core-hours") {
		t.Error(out)
	}
	m, err := outputs.ReadManifest(run)
	if n := m.Timings; err != nil || n.Reading <= 0 || n.Together < 1 || n.Computed != 4 || m.Made == nil || !strings.Contains(m.Made.Text, "--task 0") {
		t.Errorf("%+v, %+v, %v", n, m.Made, err)
	}
}

// TestStatusOfLostFiles: status tells of a merged table which files are lost or cut, and what helps; when the task made
// them again the table is whole.
func TestStatusOfLostFiles(t *testing.T) {
	j := newSmallJob(t, "4")
	j.plan(t, "run", "--tasks", "1")
	run := j.out("run")
	file := func(i int) string { return filepath.Join(run, "features", outputs.ShardName(i, 2)) }
	for _, merge := range []bool{false, true} {
		want(t, exitDone, "extract", "--plan", run)
		if merge {
			want(t, exitDone, "merge", run)
		}
		if err := errors.Join(os.Remove(file(0)), os.Truncate(file(1), 20)); err != nil {
			t.Fatal(err)
		}
		if s := statusOf(t, run); s.Merged != merge || s.Done != 0 || s.Missing != 1 || s.Damaged != 1 || s.RowsDone != 0 || len(s.Problems) != 1 {
			t.Errorf("%+v", s)
		}
		out := want(t, exitDone, "status", run)
		for _, says := range []string{"1 missing, 1 damaged", "missing: file 0\n", "damaged: " + file(1) + " has 20 bytes, but had"} {
			if !strings.Contains(out, says) {
				t.Errorf("want %q:\n%s", says, out)
			}
		}
		if merge != strings.Contains(out, "fc7 extract --plan "+run) || strings.Contains(out, "all files are done") {
			t.Error(out)
		}
		if code, _, said := fc7(t, "svm", run); merge && (code == exitDone || !strings.Contains(said, "fc7 extract --plan "+run)) {
			t.Errorf("status %d, %s", code, said)
		}
		if err := os.Remove(file(1)); err != nil {
			t.Fatal(err)
		}
		want(t, exitDone, "extract", "--plan", run)
		if s := statusOf(t, run); s.Merged != merge || s.Done != 2 || s.Missing+s.Damaged != 0 || s.RowsDone != 4 {
			t.Errorf("%+v", s)
		}
	}
}

// TestPlannedFaultsTold: what is wrong with a call, or with a plan, is told with what helps.
func TestPlannedFaultsTold(t *testing.T) {
	j := newSmallJob(t, "4")
	none := filepath.Join(j.dir, "none")
	want(t, exitDone, j.args("plain")...)
	j.plan(t, "run", "--tasks", "2")
	run := j.out("run")
	tell := func(code int, says string, args ...string) {
		t.Helper()
		if got, out, said := fc7(t, args...); got != code || !strings.Contains(out+said, says) || strings.Contains(out+said, "--force-new") {
			t.Errorf("%v: status %d, want %d, %s:\n%s%s", args, got, code, says, out, said)
		}
	}
	tell(exitDone, "the table is complete", "status", j.out("plain"))
	tell(exitFailed, "there is no such folder", "status", none)
	tell(exitUsage, "there is no such folder", "merge", none)
	tell(exitUsage, "made without a plan", "merge", j.out("plain"))
	again := func(more ...string) []string {
		args := j.args("run", more...)
		args[0] = "plan"
		return args
	}
	tell(exitFailed, "fc7 extract --plan "+run+" --tasks N", again("--tasks", "3")...)
	args := j.args("wide", "--tasks", "5")
	args[0] = "plan"
	tell(exitDone, "the table has 2 files for 5 tasks: 3 of them have nothing to do", args...)
	for _, i := range []string{"0", "4"} {
		tell(exitDone, "", "extract", "--plan", j.out("wide"), "--task", i)
	}
	tell(exitUsage, "4Gi", "submit", "kubernetes", run, "--image", "fc7", "--memory", "3")
	tell(exitUsage, "--mem=8G", "submit", "slurm", run, "--sbatch=--mem=3")
	tell(exitPermanent, "want an address of this machine", "extract", "--plan", run, "--metrics", "192.0.2.1:80")
	want(t, exitDone, "weights", "init", "--net", "vgg16/64", "--seed", "2", "--force", "--out", j.net)
	tell(exitPermanent, "put back what it was planned with", "extract", "--plan", run)
	if err := os.RemoveAll(filepath.Join(run, "plan")); err != nil {
		t.Fatal(err)
	}
	tell(exitPermanent, "plan again in another folder", "extract", "--plan", run)
}

// TestToldBeforeTheList: what is wrong with weights, splits or OUT is told before a list of images is read, which may
// take minutes; here there is none.
func TestToldBeforeTheList(t *testing.T) {
	j := newSmallJob(t, "4")
	want(t, exitDone, j.args("table")...)
	j.plan(t, "planned")
	t.Chdir(j.dir)
	for _, c := range []struct{ args, says string }{
		{"extract list:none.txt --net vgg19 --out new", "vgg19"},
		{"extract list:none.txt --net vgg19 --out new --dry-run", "vgg19"},
		{"plan list:none.txt --net vgg19 --out new", "vgg19"},
		{"evaluate list:none.txt --net vgg19 --out new", "vgg19"},
		{"classify list:none.txt --net vgg19", "vgg19"},
		{"extract list:none.txt --scales 100 --out new", "scale 100"},
		{"plan list:none.txt --splits nofile --out new", "nofile"},
		{"extract list:none.txt --splits nofile --out new", "nofile"},
		{"dataset inspect list:none.txt --splits nofile", "nofile"},
		{"extract list:none.txt --out table", "layers: table has [pool5], now [fc7]"},
		{"extract list:none.txt --out planned", "layers: table has [pool5], now [fc7]"},
		{"plan list:none.txt --out planned", "layers: table has [pool5], now [fc7]"},
		{"plan list:none.txt --layer pool5 --scales 96 --out planned", "--shard-rows: the plan has 2, now none"},
	} {
		args := strings.Fields(c.args)
		if args[0] != "dataset" {
			args = append(args, "--weights", j.net)
		}
		if code, _, said := fc7(t, args...); code == exitDone || !strings.Contains(said, c.says) || strings.Contains(said, "none.txt") {
			t.Errorf("%v: status %d, %s", args, code, said)
		}
	}
	if code, _, said := fc7(t, "plan", "list:none.txt", "--weights", j.net, "--out", "new/run"); code != exitFailed || !strings.Contains(said, "none.txt") {
		t.Errorf("status %d, %s", code, said)
	}
	if _, err := os.Lstat("new"); err == nil {
		t.Error("a refused list leaves a folder behind")
	}
}

// TestChangedArchiveTold: where a planned tar is another one by now no flag helps but its own return, and none other is
// named, however often it is tried.
func TestChangedArchiveTold(t *testing.T) {
	j := newSmallJob(t, "4")
	pack := func(more int64) {
		t.Helper()
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, image := range j.images(t, 4) {
			text, err := os.ReadFile(image)
			if err == nil {
				err = w.WriteHeader(&tar.Header{Name: filepath.Base(image), Mode: 0o644, Size: int64(len(text)) + more})
			}
			if err == nil {
				_, err = w.Write(append(text, make([]byte, more)...))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), os.WriteFile(j.out("a.tar"), b.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	pack(0)
	want(t, exitDone, "plan", "tar:"+j.out("a.tar"), "--weights", j.net, "--layer", "pool5", "--scales", "96", "--out", j.out("run"))
	pack(1000)
	for _, more := range [][]string{nil, {"--update"}, {"--retry-failed"}} {
		said := want(t, exitPermanent, append([]string{"extract", "--plan", j.out("run")}, more...)...)
		if !strings.Contains(said, "plan the new one in another folder") || strings.Contains(said, "--update") {
			t.Errorf("%v: %s", more, said)
		}
	}
}

// TestAddressOnce: an archive that its server tells no version of is named once.
func TestAddressOnce(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(strings.Repeat("x", 2048)))
	}))
	t.Cleanup(s.Close)
	for _, kind := range []string{"tar:", "parquet:"} {
		said := want(t, exitFailed, "dataset", "inspect", kind+s.URL+"/a.tar")
		if !strings.Contains(said, "tells no version") || strings.Count(said, s.URL) != 1 {
			t.Errorf("%s", said)
		}
	}
}

// TestDamagedManifest: a manifest that was cut, is no JSON, or says what none says is told by each verb with its file,
// what is wrong, and what writes it again; that does.
func TestDamagedManifest(t *testing.T) {
	j := newSmallJob(t, "4")
	want(t, exitDone, j.args("plain")...)
	j.plan(t, "run", "--tasks", "1")
	want(t, exitDone, "extract", "--plan", j.out("run"))
	want(t, exitDone, "merge", j.out("run"))
	for _, c := range []struct {
		run, mends string
		verbs      [][]string
		mend       []string
	}{
		{j.out("run"), "fc7 merge " + j.out("run") + " writes it anew", [][]string{{"status"}, {"extract", "--plan"}, {"verify"}, {"report"}, {"explore"}}, []string{"merge", j.out("run")}},
		{j.out("plain"), "remove it, or choose another folder", [][]string{{"verify"}, {"report"}, {"explore"}, append(j.args("plain"), "--retry-failed")}, j.args("plain")},
	} {
		name := filepath.Join(c.run, outputs.ManifestName)
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for wrong, text := range map[string]string{
			"the text is cut off": string(whole[:len(whole)/2]), `found "}"`: "}", "counts": `{"counts": []}`, "table format 0": "{}", "its text has sha256": strings.Replace(string(whole), `"inputs"`, `"outputs"`, 1),
		} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, v := range c.verbs {
				if v[len(v)-1] != "--retry-failed" {
					v = append(slices.Clone(v), c.run)
				}
				code, out, said := fc7(t, v...)
				if said += out; code == exitDone || !strings.Contains(said, name) && v[0] != "verify" || !strings.Contains(said, c.mends) || !strings.Contains(said, wrong) {
					t.Errorf("%s: fc7 %v: status %d, want %q:\n%s", wrong, v, code, c.mends, said)
				}
			}
			if c.mend[0] != "merge" { // as the advice says
				if err := os.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
			want(t, exitDone, c.mend...)
			want(t, exitDone, "verify", c.run)
		}
	}
}
