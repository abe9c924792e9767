package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fc7/internal/hostile"
)

// What a verb may take of a file of a few kB, whatever is in it. The memory is that of the process at its peak.
const (
	hostileTime   = 10 * time.Second
	hostileMemory = 1 << 30
)

// TestDamagedVerbs gives damaged files to the program itself: it ends with 0 to 3, says why without a stack dump, soon
// and in bounded memory.
func TestDamagedVerbs(t *testing.T) {
	if testing.Short() {
		t.Skip("a process for each of hundreds of files")
	}
	dir := t.TempDir()
	root := filepath.Join("..", "..")
	var p programRuns
	for _, c := range []struct {
		glob string
		name string // that the file is given
		args func(path string) []string
	}{
		{"vgg/weights/testdata/small/*", "", inspectWeights},
		{"vgg/weights/testdata/*_zip.pth", "", inspectWeights},
		{"vgg/weights/testdata/*_legacy.pth", "", inspectWeights},
		{"vgg/weights/testdata/*.npz", "", inspectWeights},
		{"vgg/weights/testdata/layers*.npy", "", inspectWeights},
		{"vgg/weights/testdata/v*.caffemodel", "", inspectWeights},
		{"vgg/weights/testdata/v1*.ckpt", "", inspectWeights},
		{"vgg/weights/testdata/*.safetensors", "", inspectWeights},
		{"heads/portable/testdata/*.onnx", "", inspectWeights},
		{"internal/hdf5/testdata/small_*.h5", "", inspectWeights},
		{"internal/matfile/testdata/*.mat", "", inspectWeights},
		{"datasets/testdata/duckdb.parquet", "x.parquet", inspectSet("parquet")},
		{"pipeline/training/testdata/tune/splits.tsv", "x.tsv", inspectSet("csv")},
		{"pipeline/training/testdata/tune/splits.tsv", "x.txt", inspectSet("list")},
		{"datasets/testdata/tables/tables.tar.gz", "x.tar", inspectSet("tar")},
	} {
		paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(c.glob)))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no %s: %v", c.glob, err)
		}
		for _, path := range paths {
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			name := c.name
			if name == "" {
				name = filepath.Base(path)
			}
			for _, damaged := range hostile.Sample(file) {
				place := filepath.Join(dir, name)
				if err := os.WriteFile(place, damaged, 0o644); err != nil {
					t.Fatal(err)
				}
				p.run(t, damaged, c.args(place)...)
			}
		}
	}
	p.images(t, root)
	t.Logf("hostile: verbs seeds=%d executions=%d read=%d alloc=0 ns=%d panic=%d wrong=%d time=%d memory=%d rss=%d", p.executions, p.executions, p.done,
		p.longest.Nanoseconds(), p.dumps, p.wrong, p.late, p.large, p.most)
}

func inspectWeights(path string) []string { return []string{"weights", "inspect", path, "--stats"} }

func inspectSet(kind string) func(string) []string {
	return func(path string) []string { return []string{"dataset", "inspect", kind + ":" + path} }
}

// programRuns counts what became of the program.
type programRuns struct {
	executions, done, dumps, wrong, late, large int
	longest                                     time.Duration
	most                                        int64 // bytes
}

func (p *programRuns) run(t *testing.T, file []byte, args ...string) {
	t.Helper()
	cmd := asProgram(args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	memory := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() // what others on the machine do is not counted
	p.executions++
	p.longest, p.most = max(p.longest, cpu), max(p.most, memory)
	what := fmt.Sprintf("fc7 %s of %.100q: status %d, %v (%v of the processor), %d MB\n%.500s", strings.Join(args, " "), file, cmd.ProcessState.ExitCode(), took, cpu, memory>>20, said.String())
	switch code := cmd.ProcessState.ExitCode(); {
	case strings.Contains(said.String(), "goroutine "):
		p.dumps++
		t.Error("a stack dump: " + what)
	case code < exitDone || code > exitSomeFailed:
		p.wrong++
		t.Error("wrong status: " + what)
	case cpu > hostileTime:
		p.late++
		t.Error("too long: " + what)
	case memory > hostileMemory:
		p.large++
		t.Error("too much memory: " + what)
	case code == exitDone:
		p.done++
	}
}

// images extracts descriptors of a folder of damaged images, of each golden one and its damaged forms.
func (p *programRuns) images(t *testing.T, root string) {
	t.Helper()
	j := newSmallJob(t, "4")
	paths, err := filepath.Glob(filepath.Join(root, "extract", "picture", "testdata", "decode", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	var list, all bytes.Buffer
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, damaged := range hostile.Sample(file) {
			name := fmt.Sprintf("%d_%s", i, filepath.Base(path))
			if err := os.WriteFile(filepath.Join(j.dir, name), damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&list, name)
		}
		all.Write(file[:min(4, len(file))])
	}
	name := filepath.Join(j.dir, "list.txt")
	if err := os.WriteFile(name, list.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	p.run(t, all.Bytes(), "extract", "list:"+name, "--weights", j.net, "--layer", "pool1", "--scales", "32", "--views", "centre", "--max-pixels", "1MP", "-o", j.out("run"))
}
