package outputs

import (
	"errors"
	"fmt"
	"math"
	"time"

	"fc7/internal/bounded"
	"fc7/internal/origin"
	"fc7/internal/place"
	"fc7/internal/readjson"
)

// ManifestName is the file in a run's folder that Manifest.Write makes.
const ManifestName = "manifest.json"

// maxManifest bounds what ReadManifest takes into memory.
const maxManifest = 64 << 20

// Manifest tells how a finished table came about. The identity is what other steps check; the rest informs a reader,
// may differ between runs with equal tables, and is therefore kept out of the shards.
type Manifest struct {
	Program       string          `json:"program"`                  // name and version of what wrote the table
	Go            string          `json:"go"`                       // runtime.Version()
	Platform      string          `json:"platform"`                 // "linux/amd64"
	DataSet       string          `json:"data_set"`                 // as it was named: KIND:PATH
	Weights       string          `json:"weights"`                  // file, as it was named
	RandomWeights bool            `json:"random_weights,omitempty"` // the file says that they were drawn, not trained
	Made          *origin.Command `json:"made,omitempty"`           // the last start's; nil: not known, or joined of parts
	Identity      Identity        `json:"identity"`
	Columns       []Column        `json:"columns"`
	Shards        int             `json:"shards"`
	Part          string          `json:"part,omitempty"` // "3/16": Counts and Files are those of one machine's share
	Counts        Counts          `json:"counts"`
	Limits        Limits          `json:"limits,omitzero"` // of the last start
	Timings       Timings         `json:"timings"`
	Files         []File          `json:"files,omitempty"` // every shard, in order
}

// File is a shard as it was when the manifest was written. SHA256 is that of the whole file, as sha256sum prints it.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Footer string `json:"footer,omitempty"` // SHA-256 of its Parquet footer, which readers compare; "": an earlier fc7 wrote the manifest
	Bytes  int64  `json:"bytes"`
	Rows   int    `json:"rows"`
	Failed int    `json:"failed"`
	// Changed is how many of the failed rows are of inputs that changed since they were planned.
	Changed int `json:"changed,omitempty"`
}

// Count counts a row where it failed.
func (f *File) Count(r *Row) {
	if r.Status == StatusFailed {
		f.Failed++
	}
	if r.Changed() {
		f.Changed++
	}
}

// Limits are those that decide which images fail. They are no part of the identity, since no descriptor depends on
// them: raising one and retrying the failed rows completes a table. Those of a shard are recorded with its inputs, and
// compared where a run goes on and where shards are merged.
type Limits struct {
	Pixels  int     `json:"pixels"`            // of an image
	Seconds float64 `json:"seconds,omitempty"` // for reading and decoding one, in tables of versions in which time decided; 0: it did not
}

// Counts is the account of a run: Inputs = OK + Failed.
type Counts struct {
	Inputs int `json:"inputs"`
	OK     int `json:"ok"`
	Failed int `json:"failed"`
	// Changed is how many of the failed rows are of inputs that changed since they were planned.
	Changed int `json:"changed,omitempty"`
}

// Add counts the rows of a file.
func (c *Counts) Add(f File) {
	c.Inputs += f.Rows
	c.Failed += f.Failed
	c.Changed += f.Changed
	c.OK = c.Inputs - c.Failed
}

func (c Counts) addUp() bool { return c.Inputs == c.OK+c.Failed && c.OK >= 0 && c.Failed >= 0 }

// Timings are those of the last start of a run, which may have resumed an earlier one. The stages overlap, so their
// seconds do not add up to the time taken.
type Timings struct {
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished"`
	Reading   float64   `json:"reading_s"`   // decoding and resizing, summed over workers
	Waiting   float64   `json:"waiting_s"`   // the net had no image
	Computing float64   `json:"computing_s"` // forward passes
	Writing   float64   `json:"writing_s"`
	Computed  int       `json:"computed"` // rows that this start computed
	Together  float64   `json:"together"` // images that went through a net at once, on average
}

// PartManifestName is the manifest's name for the share of machine index, from 1, of count, as long as the table is
// incomplete.
func PartManifestName(index, count int) string {
	return fmt.Sprintf("manifest-%d-of-%d.json", index, count)
}

// Write puts the manifest into dir, in one step: dir holds the old one or the new one, never a part.
func (m Manifest) Write(dir string) error { return m.WriteAs(dir, ManifestName) }

// WriteAs is Write under another name.
func (m Manifest) WriteAs(dir, name string) error { return m.write(place.Folder(dir), name, true) }

// Publish is Write in a place, where what stands there is not replaced: it is an error that wraps fs.ErrExist.
func (m Manifest) Publish(in place.Place) error { return m.write(in, ManifestName, false) }

func (m Manifest) write(in place.Place, name string, replace bool) error {
	if c := m.Counts; !c.addUp() {
		return fmt.Errorf("writing %s: %d inputs, but %d ok and %d failed: rows were lost or counted twice", in.At(name), c.Inputs, c.OK, c.Failed)
	}
	return place.WriteJSON(in, name, m, replace)
}

// ReadManifest reads the manifest in dir. One that is damaged is a *ManifestError.
func ReadManifest(dir string) (Manifest, error) { return ReadManifestAs(dir, ManifestName) }

// ReadManifestAs is ReadManifest under another name.
func ReadManifestAs(dir, name string) (Manifest, error) { return readManifest(place.Folder(dir), name) }

// ReadManifestIn is ReadManifest of a place.
func ReadManifestIn(in place.Place) (Manifest, error) { return readManifest(in, ManifestName) }

func readManifest(in place.Place, name string) (Manifest, error) {
	text, err := in.Read(name, maxManifest)
	if large := new(bounded.LargeError); errors.As(err, &large) {
		return Manifest{}, damaged(in, err)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("reading a manifest: %w", err)
	}
	var m Manifest
	if err = readjson.Own(text, &m); err == nil {
		err = m.check()
	}
	switch {
	case err == nil:
		return m, nil
	case m.Identity.Format > FormatVersion: // of a later fc7
		return Manifest{}, fmt.Errorf("reading a manifest: %s: %w", in.At(name), err)
	}
	return Manifest{}, damaged(in, fmt.Errorf("%s: %w", in.At(name), err))
}

// ManifestError is a manifest that says nothing: it was cut or changed, or is none.
type ManifestError struct {
	Err    error // what is wrong with it
	advice string
}

func (e *ManifestError) Error() string { return e.Err.Error() + "; " + e.advice }
func (e *ManifestError) Unwrap() error { return e.Err }

// damaged is the error of a manifest in a place, with what writes it again.
func damaged(in place.Place, err error) error {
	e := &ManifestError{fmt.Errorf("reading a manifest: %w", err), "remove it, or choose another folder if it is not fc7's, and run fc7 extract again as before, which writes it anew"}
	if _, none := in.Size(PlanName); none == nil {
		e.advice = fmt.Sprintf("fc7 merge %s writes it anew, by the notes of the tasks", origin.Text(in.String()))
	}
	return e
}

// check makes sure that a manifest says nothing that none that fc7 writes says.
func (m Manifest) check() error {
	if err := checkFormat(m.Identity.Format); err != nil {
		return err
	}
	if c := m.Counts; !c.addUp() {
		return fmt.Errorf("counts: expected as many inputs as ok and failed ones, found %d, %d and %d", c.Inputs, c.OK, c.Failed)
	}
	if m.Shards < 0 || len(m.Files) > m.Shards {
		return fmt.Errorf("shards: expected as many as there are files or more, found %d and %d", m.Shards, len(m.Files))
	}
	t := m.Timings
	for _, s := range []float64{t.Reading, t.Waiting, t.Computing, t.Writing, m.Limits.Seconds} {
		if s < 0 || s > maxSeconds {
			return fmt.Errorf("timings and limits: expected 0 to %d seconds, found %g", maxSeconds, s)
		}
	}
	for i, f := range m.Files {
		_, n, ok := ParseShardName(f.Name)
		if !ok || n != m.Shards || f.Bytes < 0 || f.Changed < 0 || f.Failed < f.Changed || f.Rows < f.Failed {
			return fmt.Errorf("files: entry %d is of no shard of %d: expected a name and counts of 0 or more, found %+v", i, m.Shards, f)
		}
	}
	return nil
}

// maxSeconds is what a time.Duration holds.
const maxSeconds = math.MaxInt64 / 1_000_000_000
