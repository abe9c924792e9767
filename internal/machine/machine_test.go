package machine

import (
	"path/filepath"
	"runtime"
	"testing"
)

// TestMachine: what is known of the disk and of this process is plausible; of a folder that is not there, nothing is.
func TestMachine(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skipf("not known on every %s", runtime.GOOS)
	}
	if free := FreeDisk(t.TempDir()); free <= 0 {
		t.Errorf("%d bytes free", free)
	}
	if free := FreeDisk(filepath.Join(t.TempDir(), "none")); free >= 0 {
		t.Errorf("%d bytes free where there is no folder", free)
	}
	block := make([]byte, 64<<20)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	if peak := PeakMemory(); peak < uint64(len(block)) || peak > 1<<40 {
		t.Errorf("a peak of %d bytes with a block of %d", peak, len(block))
	}
	runtime.KeepAlive(block)
}
