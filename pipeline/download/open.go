package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"fc7/vgg"
	"fc7/vgg/small"
	"fc7/vgg/weights"
)

// Reading says how a file of weights is to be read, where the file does not say it itself; the zero value leaves all to
// the file and its tensor names.
type Reading struct {
	Prefix string   // of tensor names: of a file with several nets, one
	Said   vgg.Said // of the preprocessing
	// Rounding is how max-pooling rounds odd sides, vgg.RoundingFloor or RoundingCeil; empty: as the file's own
	// framework does.
	Rounding string
	Anew     bool // what is said takes the place of what the file records
}

// Unless is the reading, but for what another one says.
func (r Reading) Unless(said Reading) Reading {
	if said.Prefix != "" {
		r.Prefix = said.Prefix
	}
	if !said.Said.Nothing() {
		r.Said = said.Said
	}
	if said.Rounding != "" {
		r.Rounding = said.Rounding
	}
	return r
}

// Readings are those of several files: none, one for all, or one for each.
type Readings []Reading

// Of is that of file i.
func (r Readings) Of(i int) Reading {
	switch {
	case len(r) == 0:
		return Reading{}
	case len(r) == 1:
		return r[0]
	}
	return r[i]
}

// File is an open file of weights.
type File struct {
	*weights.File
	// Part is the prefix of the net's tensor names, where without saying one the file would hold another net, or none
	// that could be told; empty: it plays no part.
	Part string
	// Otherwise is the preprocessing that is said, where the file or its tensor names say another; nil: none is.
	Otherwise *vgg.Preprocess

	// Rounded says that pooling rounds otherwise than the file's own way.
	Rounded bool

	fetched string // its SHA-256 when it was fetched; empty: it was not
}

// Open opens what a user gives as weights: a file, the name of weights in the cache (Weights), or small.Name, the net
// that ships with fc7, and reads it so. Nothing is downloaded. The caller closes it.
func Open(fileOrName string, r Reading) (*File, error) {
	f, err := open(fileOrName)
	if err != nil {
		return nil, err
	}
	if err := f.read(r); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func open(fileOrName string) (*File, error) {
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
		if _, e := os.Stat(found.Path); errors.Is(e, fs.ErrNotExist) {
			err = fmt.Errorf("%w: want a file of weights, or a name that 'fc7 weights list' has", err)
		}
		return nil, err
	}
	return &File{File: f, fetched: found.SHA256}, nil
}

// read takes the part of the file that is meant, and what is said of it.
func (f *File) read(r Reading) error {
	if r.Prefix != "" {
		part, err := vgg.Under(f.File, r.Prefix)
		if err != nil {
			return err
		}
		if _, s, err := vgg.Recognise(part); err == nil {
			if _, whole, err := vgg.Recognise(f.File); err != nil || whole.Prefix() != s.Prefix() {
				f.Part = s.Prefix()
			}
		}
		f.File = part
	}
	if r.Rounding != "" {
		if c, _, err := vgg.Recognise(f.File); err == nil {
			f.Rounded = c.Rounding() != r.Rounding
		}
		f.Metadata[vgg.MetaRounding] = r.Rounding
	}
	if r.Said.Nothing() {
		return nil
	}
	before := vgg.PreprocessOfNet(f.File)
	if err := vgg.Say(f.File, r.Said, r.Anew); err != nil {
		return err
	}
	if after := vgg.PreprocessOfNet(f.File); before != nil && after != nil && !after.Same(*before) {
		f.Otherwise = after
	}
	return nil
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
