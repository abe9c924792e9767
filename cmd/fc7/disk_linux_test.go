package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fc7/outputs"
)

// TestFullDisk extracts to a file system that is too small: a clear error, whole files alone under final names, and,
// given room, the table of an undisturbed run. (outputs.TestShardOnAFullDisk injects the same fault at every byte,
// without needing a file system.)
func TestFullDisk(t *testing.T) {
	j := newSmallJob(t, "16")
	args := func(out string) []string { return j.args(out, "--layer", "conv5_3", "--pool", "max") }
	want(t, exitDone, args("calm")...)
	calm := files(t, j.out("calm"))
	size := 0
	for _, b := range calm {
		size += len(b)
	}
	disk := j.out("disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	mount := func(flags uintptr, kilobytes string) error {
		return syscall.Mount("tmpfs", disk, "tmpfs", flags, "size="+kilobytes+"k")
	}
	if err := mount(0, "24"); err != nil {
		t.Skipf("no small file system can be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	}()
	if size < 30<<10 {
		t.Fatalf("the table has %d bytes, too few to fill the disk", size)
	}
	out := want(t, exitFailed, args("disk/run")...)
	for _, says := range []string{"no space left on device", "of 16 rows are kept in " + filepath.Join(disk, "run"), outputs.FeaturesDir} {
		if !strings.Contains(out, says) {
			t.Errorf("%q does not say %q", out, says)
		}
	}
	there := files(t, filepath.Join(disk, "run"))
	if len(there) == 0 || len(there) >= len(calm) {
		t.Errorf("%d of %d files are there", len(there), len(calm))
	}
	for name, b := range there {
		if string(b) != string(calm[name]) {
			t.Errorf("%s is not whole", name)
		}
	}
	if err := mount(syscall.MS_REMOUNT, "4096"); err != nil {
		t.Fatal(err)
	}
	want(t, exitDone, args("disk/run")...)
	sameFiles(t, calm, files(t, filepath.Join(disk, "run")))
}

// TestUnwritable: folders in which nothing can be made, also for root.
func TestUnwritable(t *testing.T) {
	j := newSmallJob(t, "4")
	args := j.args("x")
	for _, dir := range []string{"/proc", j.net} {
		args[len(args)-1] = filepath.Join(dir, "run")
		if got := want(t, exitFailed, args...); !strings.Contains(got, "--out "+dir+"/run: cannot write to "+dir) {
			t.Errorf("%s: %s", dir, got)
		}
	}
	if got := want(t, exitFailed, "weights", "init", "--net", "vgg11/64", "--out", "/proc/n.safetensors"); !strings.Contains(got, "cannot write to /proc:") {
		t.Error(got)
	}
	if os.Geteuid() == 0 {
		t.Log("root writes everywhere else: permissions are not tried")
		return
	}
	dir := j.out("closed")
	if err := os.Mkdir(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	args[len(args)-1] = filepath.Join(dir, "run")
	if got := want(t, exitFailed, args...); !strings.Contains(got, "permission denied") {
		t.Error(got)
	}
}
