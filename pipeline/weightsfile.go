package pipeline

import (
	"fmt"

	"fc7/pipeline/download"
	"fc7/vgg/weights"
)

// weightsFile is an open file of weights.
type weightsFile struct {
	*weights.File
	fetched string // its SHA-256 when it was fetched; empty: it was not
}

// openWeights opens what a user gives as weights: a file, or the name of weights in the cache
// (download.Weights). Nothing is downloaded.
func openWeights(fileOrName string) (*weightsFile, error) {
	found, err := download.Weights(fileOrName)
	if err != nil {
		return nil, err
	}
	f, err := weights.Open(found.Path)
	if err != nil {
		return nil, err
	}
	return &weightsFile{f, found.SHA256}, nil
}

// SHA256 is the digest of the file. One that differs from what was fetched is an error.
func (f *weightsFile) SHA256() (string, error) {
	sum, err := f.File.SHA256()
	if err == nil && f.fetched != "" && f.fetched != sum {
		err = fmt.Errorf("%s: its SHA-256 is %s, and was %s when it was fetched: remove it and fetch it again", f.Path, sum, f.fetched)
	}
	return sum, err
}
