package heads

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// LeftOut are the rows that heads neither learned from nor were scored on, of which a large table may have very many:
// their names stand in Result.Excluded, or those of the others in Result.Only, where these are at most maxNamed.
type LeftOut struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of their names in the order of the table, a line each as ExcludeLine has it
}

// maxNamed is how many names of rows scores have at most: some 300 kB.
const maxNamed = 10_000

// leaveOut records which rows were left out and, if these are fewer or too many to name, which were not.
func (r *Result) leaveOut(out, kept []string) {
	if len(out) == 0 {
		return
	}
	r.LeftOut = &LeftOut{Rows: len(out), SHA256: namesDigest(out)}
	switch {
	case len(out) <= len(kept) && len(out) <= maxNamed:
		r.Excluded = out
	case len(kept) <= maxNamed:
		r.Only = kept
	}
}

func namesDigest(names []string) string {
	sum := sha256.New()
	for _, n := range names {
		_, _ = io.WriteString(sum, ExcludeLine(n)+"\n") // which has no error
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// RowsLeftOut counts the rows that were left out, also of heads of an earlier fc7, which have their names alone.
func (r *Result) RowsLeftOut() int {
	if r.LeftOut != nil {
		return r.LeftOut.Rows
	}
	return len(r.Excluded)
}

// took tells of a row whether it was not left out; nil: that is not known.
func (r *Result) took() func(name string) bool {
	out, only := set(r.Excluded), set(r.Only)
	switch {
	case len(only) > 0:
		return func(name string) bool { return only[name] }
	case len(out) < r.RowsLeftOut():
		return nil
	}
	return func(name string) bool { return !out[name] }
}

// checkLeftOut makes sure that what was read of rows that were left out agrees.
func (r *Result) checkLeftOut() error {
	l := r.LeftOut
	if l == nil {
		return nil
	}
	if b, err := hex.DecodeString(l.SHA256); err != nil || len(b) != sha256.Size || l.Rows < 1 ||
		len(r.Excluded) > 0 && (len(r.Excluded) != l.Rows || len(r.Only) > 0) {
		return fmt.Errorf("left_out: expected the number of the rows that are excluded and a SHA-256, found %d, of which %d are named, and %.70q", l.Rows, len(r.Excluded), l.SHA256)
	}
	return nil
}
