package heads

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/heads/protocol"
	"fc7/heads/svm"
	"fc7/internal/escape"
	"fc7/internal/seal"
	"fc7/outputs"
)

// Digests tell by SHA-256 what heads were made of, and which files stand beside their scores. Whether heads are those
// of a job is decided by them alone: times of files change when a run is copied or restored.
type Digests struct {
	Tables []string `json:"tables"` // see outputs.Table.Digest, in the order in which the job names them
	Asked  string   `json:"asked"`  // all that the job asks for, see Job.asked
	Head   string   `json:"head"`   // head.safetensors
	Review string   `json:"review"` // reviewFile
}

// asked is the digest of all that a job by a protocol asks of its tables, the protocol's defaults and files of labels
// and splits among it. Where the tables stand, and how many threads work, is not the heads' to depend on.
func (j Job) asked(p protocol.Protocol, files fileDigests) (string, error) {
	choice, exclude := j.Choice, slices.Sorted(slices.Values(j.Exclude))
	choice.Aggregate, choice.L2 = cmp.Or(choice.Aggregate, protocol.Mean), cmp.Or(choice.L2, protocol.L2After)
	all := []any{
		p.Name, p.Defaults(), j.Options, choice, j.Normalise, j.Regions, slices.Compact(exclude), j.ExcludeFailed, files,
		cmp.Or(j.Unlisted, UnlistedError), j.AllowUnused, j.LowShot, j.Draws,
	}
	if len(j.KNN) > 0 { // heads of before, without a probe, keep their digest
		all = append(all, j.KNN)
	}
	if len(j.LowShot) > 0 { // curves of before are of one head
		all = append(all, map[string]any{"curves": 3, "seeds": j.DrawSeeds})
	}
	if j.Leaked != nil {
		all = append(all, j.Leaked)
	}
	if len(j.Only) > 0 {
		all = append(all, map[string]any{"only": slices.Compact(slices.Sorted(slices.Values(j.Only)))})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// basis are the digests of the job by a protocol on its tables and with its files of labels and splits, without those
// of files that are still to be written.
func (j Job) basis(p protocol.Protocol, tables []*outputs.Table, files fileDigests) (d *Digests, err error) {
	d = &Digests{}
	for _, t := range tables {
		sum, err := t.Digest()
		if err != nil {
			return nil, err
		}
		d.Tables = append(d.Tables, sum)
	}
	d.Asked, err = j.asked(p, files)
	return d, err
}

// Fit tells whether heads are those that the job would train on its tables, as they are now; the error says why not.
func (r *Result) Fit(ctx context.Context, j Job) error {
	p, err := protocol.Find(cmp.Or(j.Protocol, r.Protocol))
	if err != nil {
		return err
	}
	paths := append([]string{j.Features}, j.Also...)
	if r.Protocol != p.Name || len(r.Tables)%len(paths) != 0 {
		return fmt.Errorf("they are of protocol %s on %d tables", r.Protocol, len(r.Tables))
	}
	var tables []*outputs.Table
	for i, path := range paths {
		t, err := outputs.NewScanner(path)
		if err != nil {
			return err
		}
		tables = append(tables, t.Table)
		if j.Protocol == "" && i == 0 && protocol.For(t.Identity.Inputs.Kind).Name != p.Name {
			return fmt.Errorf("they are of protocol %s", r.Protocol)
		}
		for _, part := range r.Tables[i*len(r.Tables)/len(paths) : (i+1)*len(r.Tables)/len(paths)] {
			if diff := part.Identity.Differences(t.Identity); len(diff) > 0 {
				return errors.New(strings.Join(diff, "; "))
			}
		}
	}
	if was, now := cmp.Or(r.Options.Epsilon, protocol.EarlierEpsilon), cmp.Or(j.Options.Epsilon, svm.DefaultEpsilon); was != now {
		return fmt.Errorf("they are trained to a tolerance of %g, not %g", was, now)
	}
	if err := r.fitRelabelling(ctx, j); err != nil { // from here on the files are those that r has digests of
		return err
	}
	if r.Digests == nil {
		return errors.New("they are of an earlier fc7, which kept no digest of what they were trained on")
	}
	now, err := j.basis(p, tables, r.digests())
	if err != nil {
		return err
	}
	return r.Digests.fit(now, paths)
}

// fit compares what heads were made of with what a job is of.
func (d *Digests) fit(now *Digests, paths []string) error {
	if len(d.Tables) != len(paths) {
		return fmt.Errorf("they are of %d tables", len(d.Tables))
	}
	for i, path := range paths {
		if d.Tables[i] != now.Tables[i] {
			return fmt.Errorf("%s has other rows than the table that they were trained on: its digest is %.12s…, that one's was %.12s…", path, now.Tables[i], d.Tables[i])
		}
	}
	if d.Asked != now.Asked {
		return errors.New("they were trained with other options, labels, splits or rows left out")
	}
	return nil
}

// Apart says in what way heads are not those of a table as it is now, alone or among others; "": they are. Those of an
// earlier fc7, which kept no digests, tell by its identity.
func (r *Result) Apart(t *outputs.Table) (string, error) {
	const another = "trained on another table"
	if r.Digests == nil {
		if slices.ContainsFunc(r.Tables, func(of Table) bool { return len(of.Identity.Differences(t.Identity)) == 0 }) {
			return "", nil
		}
		return another, nil
	}
	sum, err := t.Digest()
	if err != nil || slices.Contains(r.Digests.Tables, sum) {
		return "", err
	}
	return another + ", or on this one as it was before it changed", nil
}

// check makes sure that digests are such.
func (d *Digests) check() error {
	if d == nil {
		return nil
	}
	for _, sum := range append(slices.Clone(d.Tables), d.Asked, d.Head, d.Review) {
		if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
			return fmt.Errorf("digests: expected a SHA-256 in hex, found %s", escape.Short(sum))
		}
	}
	return nil
}

// ReadReview reads the review beside scores; nil: there is none, as of heads of an earlier fc7.
func (r *Result) ReadReview() (*Review, error) {
	path := filepath.Join(r.Out, reviewFile)
	v := &Review{}
	err := outputs.ReadJSON(path, v)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && r.Digests != nil {
		err = checkBeside(path, r.Digests.Review)
	}
	if err != nil {
		return nil, err
	}
	if err := v.check(r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// check makes sure that a review is of the classes of the scores. What curves it has is looked at where they are drawn.
func (v *Review) check(r *Result) error {
	for _, c := range v.Classes {
		if !slices.ContainsFunc(r.Classes, func(of protocol.Class) bool { return of.Name == c.Name }) {
			return fmt.Errorf("class %s is none of %s", escape.Short(c.Name), ScoresFile)
		}
		if c.AP < 0 || c.AP > 1 || c.Positives < 0 || c.Splits < 0 {
			return fmt.Errorf("class %s: expected an average precision between 0 and 1 and counts of 0 or more, found %g of %d positives in %d splits", escape.Short(c.Name), float64(c.AP), c.Positives, c.Splits)
		}
	}
	return nil
}

// checkBeside compares a file in the folder of the heads with the digest that their scores have of it.
func checkBeside(path, want string) error {
	got, err := seal.File(path)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s has the SHA-256 %.12s…, but %s says that it is %.12s…: it is damaged, or of other heads; put it back, or train again", path, got, ScoresFile, want)
	}
	return nil
}

// checkHead compares head.safetensors with the scores beside it. A head that stands alone has no digest.
func checkHead(path string) error {
	scores := filepath.Join(filepath.Dir(path), ScoresFile)
	if _, err := os.Stat(scores); filepath.Base(path) != headFile || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r, err := ReadResult(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("the digest of %s stands in a file that cannot be read: %w", path, err)
	}
	if r.Digests == nil {
		return nil
	}
	return checkBeside(path, r.Digests.Head)
}
