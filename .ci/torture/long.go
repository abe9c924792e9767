package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// long is a test that takes its time, on the system's own disk.
type long struct {
	bin, dir string
}

// run runs a command in the folder of the test, and says how it ended; a stack dump is an error.
func (l *long) run(ctx context.Context, line string) (said string, end *os.ProcessState, err error) {
	cmd := exec.CommandContext(ctx, l.bin, args(line)...)
	cmd.Dir = l.dir
	out, err := cmd.CombinedOutput()
	said = string(out)
	if err != nil && cmd.ProcessState == nil {
		return "", nil, err
	}
	if dumped(said) {
		return said, nil, fmt.Errorf("fc7 %s: a stack dump:\n%s", line, beginning(said))
	}
	return said, cmd.ProcessState, nil
}

// fc7 runs a command that must end with a status, and says what it took of memory at most.
func (l *long) fc7(ctx context.Context, ends int, line string) (said string, peak int64, err error) {
	said, end, err := l.run(ctx, line)
	if err != nil {
		return said, 0, err
	}
	if got := end.ExitCode(); got != ends {
		return said, 0, fmt.Errorf("fc7 %s: exit status %d, want %d:\n%s", line, got, ends, beginning(said))
	}
	use, _ := end.SysUsage().(*syscall.Rusage)
	return said, use.Maxrss << 10, nil
}

// manyRows extracts from n images, of which one in ten is one, and from a tenth of them: the memory of both, apart from
// what is kept of each image's name, must be the same.
func (l *long) manyRows(ctx context.Context, n int) error {
	if _, _, err := l.fc7(ctx, 0, "weights init --net vgg11/64 --out net.safetensors"); err != nil {
		return err
	}
	var peaks []int64
	for _, rows := range []int{n / 10, n} {
		if err := drawTar(filepath.Join(l.dir, "images.tar"), rows); err != nil {
			return err
		}
		began := time.Now()
		said, peak, err := l.fc7(ctx, 3, fmt.Sprintf("extract tar:images.tar --weights net.safetensors --layer pool5 --scales 32 --no-flip --out run%d", rows))
		if err != nil {
			return err
		}
		took := time.Since(began)
		want := fmt.Sprintf("%d ok", rows/10)
		if !strings.Contains(strings.ReplaceAll(said, ",", ""), want) {
			return fmt.Errorf("%d images: want %s:\n%s", rows, want, beginning(said[max(0, len(said)-1500):]))
		}
		if _, _, err := l.fc7(ctx, 0, fmt.Sprintf("verify run%d", rows)); err != nil {
			return err
		}
		fmt.Printf("rows: %d, one in ten an image: %.0f MiB at most, %s, %.0f rows/s\n", rows, float64(peak)/(1<<20), took.Round(time.Second), float64(rows)/took.Seconds())
		peaks = append(peaks, peak)
		if err := os.RemoveAll(filepath.Join(l.dir, fmt.Sprintf("run%d", rows))); err != nil {
			return err
		}
	}
	// of each image its name and place are kept
	const each = 256
	if most := peaks[0] + each*int64(n); peaks[1] > most {
		return fmt.Errorf("%d rows took %d MiB, %d took %d: more than %d bytes a row", n/10, peaks[0]>>20, n, peaks[1]>>20, each)
	}
	return nil
}

// drawTar writes n entries that are called as images, of which one in ten is one.
func drawTar(path string, n int) (err error) {
	im := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range im.Pix {
		im.Pix[i] = uint8(i * 4)
	}
	im.SetGray(1, 1, color.Gray{255})
	var good bytes.Buffer
	if err := png.Encode(&good, im); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := tar.NewWriter(f)
	for i := range n {
		b := []byte("no image")
		if i%10 == 0 {
			b = good.Bytes()
		}
		if err := w.WriteHeader(&tar.Header{Name: fmt.Sprintf("%07d.png", i), Mode: 0o644, Size: int64(len(b))}); err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return w.Close()
}

// readersAtOnce read a table while it is updated.
const readersAtOnce = 64

// manyReaders lets processes read a table while another updates it, to and fro between two states: each reads one of
// them, or says that it cannot.
func (l *long) manyReaders(ctx context.Context, rounds int) error {
	for _, c := range []string{
		"dataset synth --images 12 --size 96 data", "weights init --net vgg16/64 --out net.safetensors",
	} {
		if _, _, err := l.fc7(ctx, 0, c); err != nil {
			return err
		}
	}
	lists := []string{imageList("000001", "000002", "000003", "000004"), imageList("000005", "000002", "000006", "000004", "000007", "000008")}
	update := func(i int) error {
		if err := os.WriteFile(filepath.Join(l.dir, "images.txt"), []byte(lists[i%2]), 0o644); err != nil {
			return err
		}
		_, _, err := l.fc7(ctx, 0, listLine+" --update")
		return err
	}
	var states []string
	for i := range 2 {
		if err := update(i); err != nil {
			return err
		}
		table, err := l.read(ctx, "state.parquet")
		if err != nil {
			return err
		}
		states = append(states, table)
	}
	seen := map[string]int{}
	var wrong error
	var lock sync.Mutex
	var wait sync.WaitGroup
	for i := range readersAtOnce {
		wait.Go(func() {
			for range rounds {
				table, err := l.read(ctx, fmt.Sprintf("read%d.parquet", i))
				lock.Lock()
				if table != "" && err == nil && table != states[0] && table != states[1] {
					err = fmt.Errorf("reader %d: a table of %d bytes that is none of both states", i, len(table))
				}
				seen[table]++
				if !errors.Is(err, errTold) {
					wrong = errors.Join(wrong, err)
				}
				lock.Unlock()
			}
		})
	}
	done := make(chan struct{})
	go func() {
		wait.Wait()
		close(done)
	}()
	updates := 0
	for err := error(nil); err == nil; updates++ {
		if err = update(updates); err != nil {
			wrong = errors.Join(wrong, err)
		}
		select {
		case <-done:
			err = errTold
		default:
		}
	}
	<-done
	fmt.Printf("readers: %d at once, %d times each, during %d updates: %d read the one state, %d the other, %d said that they could not\n",
		readersAtOnce, rounds, updates, seen[states[0]], seen[states[1]], seen[""])
	if wrong == nil && (seen[states[0]] == 0 || seen[states[1]] == 0) {
		wrong = errors.New("readers: nobody read one of the states")
	}
	return wrong
}

// errTold is the error of a reader that said that he cannot read.
var errTold = errors.New("told")

// read reads the table by a command that writes all of it to a file. Where that says that it cannot, it is errTold.
func (l *long) read(ctx context.Context, name string) (table string, err error) {
	said, end, err := l.run(ctx, "aggregate run --aggregate none --force --out "+name)
	switch {
	case err != nil:
		return "", err
	case end.Success():
		b, err := os.ReadFile(filepath.Join(l.dir, name))
		return string(b), err
	case end.ExitCode() != 1 || !strings.Contains(said, "run/features"):
		return "", fmt.Errorf("a reader: %v:\n%s", end, beginning(said))
	}
	return "", errTold
}

// atLength does the parts that are done at length.
func (o options) atLength(ctx context.Context, bin string) error {
	for _, p := range o.parts {
		if p != rows && p != readers {
			continue
		}
		dir, err := os.MkdirTemp("", "fc7-torture-")
		if err != nil {
			return err
		}
		l := &long{bin, dir}
		if p == rows {
			err = l.manyRows(ctx, o.rows)
		} else {
			err = l.manyReaders(ctx, o.rounds)
		}
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return err
		}
	}
	return nil
}
