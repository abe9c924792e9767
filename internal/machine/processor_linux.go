package machine

import (
	"io"
	"os"
	"strings"
)

// Processor is the name of the processor, as it calls itself; "": it is not known.
func Processor() string { return processorIn("/proc/cpuinfo") }

// processorIn reads the beginning of the kernel's list, which has the first processor.
func processorIn(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b := make([]byte, 4096)
	n, _ := io.ReadFull(f, b) // it may be shorter
	for line := range strings.Lines(string(b[:n])) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}
