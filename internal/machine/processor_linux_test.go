package machine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestProcessorIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpuinfo")
	for text, want := range map[string]string{
		"processor\t: 0\nmodel\t\t: 7\nmodel name\t: Some  Processor @ 2.10GHz\nprocessor: 1\nmodel name: Other\n": "Some Processor @ 2.10GHz",
		"processor\t: 0\nBogoMIPS\t: 48.00\n": "", "": "",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := processorIn(path); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := processorIn(path + "-gone"); got != "" {
		t.Errorf("of no file: %q", got)
	}
}
