package download

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"fc7/datasets/synth"
	"fc7/internal/catalogue"
)

// killedFetch is a fetch of a data set in a process of its own, which is killed when it has told its progress so often.
type killedFetch struct {
	Set   catalogue.DataSet
	Job   DataSetJob
	After int
}

const killedFetchEnv = "FC7_TEST_FETCH"

func TestMain(m *testing.M) {
	text := os.Getenv(killedFetchEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	var k killedFetch
	err := json.Unmarshal([]byte(text), &k)
	if err == nil {
		_, err = fetchSet(context.Background(), k.Set, k.Job, Events{Progress: k.progress})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (k *killedFetch) progress(string, int64, int64) {
	if k.After--; k.After >= 0 {
		return
	}
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}

// TestFetchKilled: a fetch of a data set that is killed, while its archive comes or is unpacked, has given nothing the
// set's name; the same call then brings the same files, and nothing is left beside them.
func TestFetchKilled(t *testing.T) {
	archive := zipped(t, map[string][]byte{
		"caltech-101/101_ObjectCategories.tar.gz": gzipped(t, pack(t, draw(t, synth.LayoutCaltech101), all)),
		"caltech-101/Annotations.tar":             pack(t, map[string][]byte{"Annotations/x.mat": []byte("x")}, all),
	})
	s, mirror, _ := published(t, "caltech101", archive)
	fetch := func(out string) map[string]string {
		t.Helper()
		if _, err := fetchSet(t.Context(), s, DataSetJob{Name: s.Name, Out: out, Mirror: mirror}, Events{}); err != nil {
			t.Fatal(err)
		}
		onlySet(t, out, s.Folder)
		return contents(t, out)
	}
	want := fetch(filepath.Join(t.TempDir(), "data"))
	for after := 0; ; after = 2*after + 1 {
		out := filepath.Join(t.TempDir(), "data")
		text, err := json.Marshal(killedFetch{s, DataSetJob{Name: s.Name, Out: out, Mirror: mirror}, after})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killedFetchEnv+"="+string(text))
		said, err := cmd.CombinedOutput()
		if err == nil {
			if after < 3 {
				t.Errorf("it told its progress %d times only", after)
			}
			break // it came to its end
		}
		if cmd.ProcessState.ExitCode() == 1 {
			t.Fatalf("%v: %s", err, said)
		}
		if _, err := os.Lstat(filepath.Join(out, filepath.FromSlash(s.Folder))); err == nil {
			t.Errorf("killed after %d: the set has its name", after)
		}
		got := fetch(out)
		if len(got) != len(want) {
			t.Errorf("killed after %d: %d files, want %d", after, len(got), len(want))
		}
		for name, is := range want {
			if got[name] != is {
				t.Errorf("killed after %d: %s differs", after, name)
			}
		}
	}
}

// contents are those of all files below a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
