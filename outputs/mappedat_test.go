package outputs

import (
	"testing"
	"unsafe"
)

// An address is that of the file that is mapped there, its first byte included and the one behind its last not.
func TestMappedAt(t *testing.T) {
	memory := make([]byte, 30)
	table := &Table{maps: []mapping{{"second", memory[20:30]}, {"first", memory[5:15]}}}
	for at, want := range map[int]string{0: "", 4: "", 5: "first", 14: "first", 15: "", 19: "", 20: "second", 29: "second"} {
		got, ok := table.MappedAt(uintptr(unsafe.Pointer(&memory[at])))
		if got != want || ok != (want != "") {
			t.Errorf("byte %d is of %q, %v, want %q", at, got, ok, want)
		}
	}
}
