package vgg

import (
	"fmt"

	"fc7/internal/usage"
	"fc7/vgg/weights"
)

// Said is what a user says of the preprocessing that weights expect; the zero value says nothing. What a file records
// of itself, as those that fc7 writes do, is not overruled by it.
type Said struct {
	Preprocess *Preprocess // nil: that of the file, or of its tensor names
	Order      string      // "RGB" or "BGR", which the preprocessing is then turned to; empty: as it is
}

// Nothing tells whether nothing was said.
func (s Said) Nothing() bool { return s.Preprocess == nil && s.Order == "" }

// MetaPreprocessBy says how a file's MetaPreprocess was decided: saidBy, or namesBy or orderBy and a scheme's name.
const MetaPreprocessBy = "fc7.preprocess.by"

const (
	saidBy  = "said by the user"
	namesBy = "tensor names of "
	orderBy = "order said by the user, the rest by tensor names of "
)

// Say enters into the metadata of an open file, where all that reads its preprocessing finds it, what a user says of
// it. Where the file records another one that is wrong usage; anew lets what is said take its place, for a conversion
// that records it.
func Say(f *weights.File, s Said, anew bool) error {
	if s.Nothing() {
		return nil
	}
	_, scheme, unknown := Recognise(f) // also of what is no VGG a preprocessing can be said
	p, err := s.preprocess(f, scheme, unknown)
	if err != nil {
		return err
	}
	if f.Metadata[MetaPreprocess] != "" && !anew {
		was, err := preprocessFor(f, Scheme{})
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		if p.Same(was) {
			return nil
		}
		return usage.Errorf("%s records its preprocessing (%s), and another one is asked for (%s): where the file is wrong, 'fc7 weights convert' with the right one writes a file that records that",
			f.Path, was.Words(), p.Words())
	}
	by := saidBy
	if unknown == nil {
		if own, err := preprocessFor(f, scheme); err == nil && own.Same(p) {
			p = own
		}
		if _, known := sureness[scheme.Name]; known && s.Preprocess == nil && f.Metadata[MetaPreprocess] == "" && f.Metadata[metaAverageImage] == "" {
			by = orderBy + scheme.Name
		}
	}
	f.Metadata[MetaPreprocess], f.Metadata[MetaPreprocessBy] = p.String(), by
	return nil
}

// preprocess is the one that is meant for a file, whose names are of that scheme or unknown.
func (s Said) preprocess(f *weights.File, scheme Scheme, unknown error) (p Preprocess, err error) {
	switch {
	case s.Preprocess != nil:
		p = *s.Preprocess
	case unknown != nil:
		return p, unknown
	default:
		if p, err = preprocessFor(f, scheme); err != nil {
			return p, fmt.Errorf("%s: %w", f.Path, err)
		}
	}
	if s.Order != "" && s.Order != p.Order {
		p = p.turned()
	}
	return p, p.check()
}

// PreprocessOfNet is the preprocessing of the net in a file; nil: it holds none that can be told.
func PreprocessOfNet(f *weights.File) *Preprocess {
	_, s, err := Recognise(f)
	if err != nil {
		return nil
	}
	p, err := preprocessFor(f, s)
	if err != nil {
		return nil
	}
	return &p
}
