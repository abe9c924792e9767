//go:build !linux

package machine

// Available is how many bytes of memory this process may take; 0: it is not known. What others have taken is not known
// here.
func Available() int64 { return Memory() }
