//go:build !unix

package fetch

// lock does nothing: two processes that download the same file at once are the user's to avoid.
func lock(string) (func(), error) { return func() {}, nil }
