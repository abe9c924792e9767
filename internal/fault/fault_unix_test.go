//go:build unix

package fault_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"fc7/internal/f32"
	"fc7/internal/fault"
)

// A file that is cut short while it is mapped gives an error, in plain code and inside the kernels.
func TestGuardOfACutFile(t *testing.T) {
	page := os.Getpagesize()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, make([]byte, 4*page), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := unix.Mmap(int(f.Fd()), 0, 4*page, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Skip("files cannot be mapped here:", err)
	}
	defer unix.Munmap(b)
	if err := os.Truncate(path, int64(page)); err != nil {
		t.Fatal(err)
	}
	x := unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), page)
	sum := float32(0)
	for name, read := range map[string]func(){
		"plain":  func() { sum += x[2*page/4] },
		"copy":   func() { copy(make([]float32, page), x) },
		"kernel": func() { sum += f32.Dot(x, make([]float32, len(x))) },
		"axpy":   func() { f32.Axpy(1, x, make([]float32, len(x))) },
	} {
		err := fault.Guard(func() error { read(); return nil })
		var at *fault.Error
		if !errors.As(err, &at) {
			t.Fatalf("%s: %v", name, err)
		}
		if start := uintptr(unsafe.Pointer(&b[0])); at.Addr < start+uintptr(page) || at.Addr >= start+uintptr(4*page) {
			t.Errorf("%s: fault at %#x, the file is mapped at %#x", name, at.Addr, start)
		}
	}
	if err := fault.Guard(func() error { sum += x[0]; return nil }); err != nil {
		t.Error(err)
	}
}
