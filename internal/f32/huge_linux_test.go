package f32

import (
	"testing"
	"unsafe"
)

// TestRoom: what is not small begins at a large page, has the length that was asked for, and is zero to its last float,
// which may be written.
func TestRoom(t *testing.T) {
	for _, n := range []int{1, 64<<10 - 1, 64 << 10, largePage / 4, largePage/4 + 1, 3 * largePage / 4} {
		s := room(n)
		if len(s) != n || cap(s) < n {
			t.Fatalf("room(%d): length %d, capacity %d", n, len(s), cap(s))
		}
		at := uintptr(unsafe.Pointer(&s[0]))
		if want := uintptr(64); at%want != 0 {
			t.Errorf("room(%d) begins at %#x, which is no multiple of %d", n, at, want)
		}
		if n >= 64<<10 && at%largePage != 0 {
			t.Errorf("room(%d) begins at %#x, within a large page", n, at)
		}
		for i, v := range s {
			if v != 0 {
				t.Fatalf("room(%d)[%d] = %v", n, i, v)
			}
		}
		s[n-1] = 1
	}
}
