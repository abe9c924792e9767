//go:build !unix

package pipeline

func lock(string) (func() error, error) { return func() error { return nil }, nil }
