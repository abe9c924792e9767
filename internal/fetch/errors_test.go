package fetch

import "testing"

// What is known of the room on a disk is told, a full one's 0 bytes too.
func TestSpaceErrorText(t *testing.T) {
	const end = "; what has come is kept: make room and run the same command again"
	for want, e := range map[string]SpaceError{
		"the disk of d is full" + end:                                             {Folder: "d", Free: 5},
		"the disk of d is full: 1.00 GB more are needed" + end:                    {Folder: "d", Need: 1e9, Free: -1},
		"the disk of d is full: 1.0 MB more are needed, 0 bytes are free" + end:   {Folder: "d", Need: 1e6},
		"the disk of d is full: 1.0 kB more are needed, 999 bytes are free" + end: {Folder: "d", Need: 1e3, Free: 999},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
