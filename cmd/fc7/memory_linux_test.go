package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// linkedImages fills a folder with n names for a few JPEG files of 64x64 pixels.
func linkedImages(t *testing.T, dir string, n int) {
	t.Helper()
	const per = 1000
	random := rand.New(rand.NewPCG(1, 1))
	var first string
	for i := range n {
		sub := filepath.Join(dir, fmt.Sprintf("class%03d", i/per))
		if i%per == 0 {
			if err := os.MkdirAll(sub, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(sub, fmt.Sprintf("%06d.jpg", i))
		if i%per != 0 { // a file system allows only so many links of one file
			if err := os.Link(first, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		m := image.NewGray(image.Rect(0, 0, 64, 64))
		for k := range m.Pix {
			m.Pix[k] = byte(random.Uint32())
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, nil); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		first = path
	}
}

// peak runs the program and returns its greatest resident size in kilobytes.
func peak(t *testing.T, args ...string) int {
	t.Helper()
	status := filepath.Join(t.TempDir(), "status")
	cmd := asProgram(args...)
	cmd.Env = append(cmd.Env, "FC7_TEST_MEMORY="+status)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(status)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		t.Skip("this kernel does not tell the greatest resident size")
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

// TestMemory: memory does not grow with the images, but for the list of their names. One decoded image has 12 kB, one
// file 4 kB.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 images are not short")
	}
	j := newSmallJob(t, "4")
	at := map[int]int{}
	for _, n := range []int{1000, 20000} {
		data := j.out(fmt.Sprint("images", n))
		linkedImages(t, data, n)
		args := []string{
			"extract", "folder:" + data, "--weights", j.net, "--layer", "conv1_1", "--scales", "32", "--no-flip",
			"--shard-rows", "500", "-o", j.out(fmt.Sprint("run", n)),
		}
		at[n] = peak(t, args...)
		t.Logf("%d rows: extract %d kB, verify %d kB", n, at[n], peak(t, "verify", j.out(fmt.Sprint("run", n))))
	}
	if more := at[20000] - at[1000]; more > 19000 {
		t.Errorf("19,000 more images took %d kB more, want at most 1 kB each, for their names", more)
	}
}
