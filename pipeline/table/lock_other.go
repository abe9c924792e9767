//go:build !unix

package table

func lockRange(string, int64, int64) (func() error, error) {
	return func() error { return nil }, nil
}
