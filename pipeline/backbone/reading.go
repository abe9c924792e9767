package backbone

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/download"
	"fc7/vgg"
)

// Reading says how weights are read, where their file does not say it; Readings do of several.
type (
	Reading  = download.Reading
	Readings = download.Readings
)

// ReadAs is how weights were read for a table: descriptors that are to agree with it must read them so, whatever is
// guessed today.
func ReadAs(id outputs.Identity) Reading {
	was := id.Preprocessing
	p := vgg.Preprocess{Name: "as the table's", Order: was.Channels, Scale: was.Scale}
	for i := range 3 {
		p.Mean[i], p.Std[i] = float32(was.Mean[i]), float32(was.Std[i])
	}
	return Reading{Prefix: id.WeightsPrefix, Said: vgg.Said{Preprocess: &p}, Rounding: cmp.Or(id.PoolRounding, vgg.RoundingFloor)}
}

// LoadAs loads the weights that a table was made with, as they were read for it but for what w says. Of other weights,
// which may not be read so, the error says first that they are others.
func LoadAs(ctx context.Context, id outputs.Identity, w Wanted, o extract.Options) (*Net, error) {
	w.Net, w.As = id.Net, ReadAs(id).Unless(w.As)
	n, err := LoadFor(ctx, w, o)
	if err == nil || ctx.Err() != nil {
		return n, err
	}
	if sum, unread := Digest(ctx, w.Weights); unread == nil && sum != id.WeightsSHA256 {
		others := fmt.Errorf("%s is none of the weights that the table was made with: sha256 %.12s…, want %.12s…", w.Weights, sum, id.WeightsSHA256)
		if usage.Is(err) {
			return nil, others // what cannot be said of them is of no account
		}
		return nil, fmt.Errorf("%w: %w", others, err)
	}
	err = usage.InFile(err) // net and options are the table's
	return nil, err
}

// Tell tells what a user should know of the net's preprocessing: that it was guessed, and what speaks against it.
func (n *Net) Tell(note func(string)) {
	for _, line := range n.expected.Notes(n.Path) {
		note(line)
	}
}

// Tag tells the net from others in the name of a folder: the first digits of its weights' digest, or, where these are
// not read as they say themselves, of that and of how they are read.
func (n *Net) Tag() string {
	sum := n.SHA256
	if n.part != "" || n.otherwise || n.rounded {
		text := sum + "\n" + n.part + "\n" + n.Preprocess.Words()
		if n.rounded {
			text += "\n" + n.Config.Rounding()
		}
		h := sha256.Sum256([]byte(text))
		sum = hex.EncodeToString(h[:])
	}
	return sum[:8]
}
