package download

import (
	"context"
	"fmt"
	"os"

	"fc7/vgg/small"
	"fc7/vgg/weights"
)

// File is an open file of weights.
type File struct {
	*weights.File
	fetched string // its SHA-256 when it was fetched; empty: it was not
}

// Open opens what a user gives as weights: a file, the name of weights in the cache (Weights), or small.Name, the net
// that ships with fc7. Nothing is downloaded. The caller closes it.
func Open(fileOrName string) (*File, error) {
	if fileOrName == small.Name {
		if info, err := os.Stat(fileOrName); err != nil || !info.Mode().IsRegular() {
			f, err := small.Open()
			return &File{File: f}, err
		}
	}
	found, err := weightsCalled(fileOrName)
	if err != nil {
		return nil, err
	}
	f, err := weights.Open(found.Path)
	if err != nil {
		return nil, err
	}
	return &File{f, found.SHA256}, nil
}

// Digest is the SHA-256 of the file, computed as long as the context lasts. One that differs from what was fetched is
// an error.
func (f *File) Digest(ctx context.Context) (string, error) {
	sum, err := f.File.SHA256(ctx)
	if err == nil && f.fetched != "" && f.fetched != sum {
		err = fmt.Errorf("%s: its SHA-256 is %s, and was %s when it was fetched: remove it and fetch it again", f.Path, sum, f.fetched)
	}
	return sum, err
}
