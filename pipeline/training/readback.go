package training

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/seal"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// bestIsThere tells what is wrong where a training goes on whose best net is gone: that net cannot be had again.
func (r *runner) bestIsThere() error {
	if r.p.Weights == "" {
		return nil
	}
	path := filepath.Join(r.j.Out, weightsName)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is gone, the best net of the training so far: put it back, or train anew in another folder", path)
	}
	return err
}

// wouldReplace tells what is wrong where a training begins whose folder has the best net of an earlier one, but no
// checkpoint of it: its first epoch would replace that net. One epoch may end before its checkpoint is written.
func (r *runner) wouldReplace() error {
	path := filepath.Join(r.j.Out, weightsName)
	if _, err := os.Stat(path); err != nil {
		return nil // there is nothing to lose
	}
	n, err := trainlog.Told(r.j.Out)
	if err != nil || n < 2 {
		return err
	}
	return fmt.Errorf("%s has no checkpoint to go on from, and training anew would replace %s, the best net of %d epochs: put a checkpoint back, or train in another folder",
		filepath.Join(r.j.Out, checkpointDir), path, n)
}

// readBack makes sure that the best net is the one that was written: what is called done was read.
func (r *runner) readBack() error {
	path := filepath.Join(r.j.Out, weightsName)
	got, err := seal.File(path)
	if err != nil {
		return fmt.Errorf("reading the best net back: %w", err)
	}
	if r.p.Weights != "" && got != r.p.Weights { // earlier versions noted none
		return fmt.Errorf("%s has the SHA-256 %.12s…, but %.12s… was written: put that back, or train anew in another folder", path, got, r.p.Weights)
	}
	return nil
}

// metaDigest is the digest of a checkpoint's tensors.
const metaDigest = "fc7.sha256"

// The digests of a checkpoint's notes: metaRun is that of the run that it is of (trainlog.RunDigest), metaSeal that of
// all other metadata.
const (
	metaRun  = "fc7.run"
	metaSeal = "fc7.metadata"
)

// digestNotes is the SHA-256 of all metadata but metaSeal, by name.
func digestNotes(meta map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(meta)) {
		if name != metaSeal {
			fmt.Fprintf(h, "%q %q\n", name, meta[name]) // never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// checkNotes compares the metadata of a checkpoint with their digest, and the run in its folder with its own; earlier
// versions wrote neither.
func checkNotes(out string, meta map[string]string) error {
	was, sealed := meta[metaSeal]
	if !sealed {
		return nil
	}
	if now := digestNotes(meta); was != now {
		return fmt.Errorf("its metadata have the SHA-256 %.12s…, but %.12s… was written", now, was)
	}
	run, err := trainlog.RunDigest(out)
	if err == nil && meta[metaRun] != run {
		err = fmt.Errorf("it is of a run whose %s has the SHA-256 %.12s…, that here has %.12s…", runName, meta[metaRun], run)
	}
	return err
}

// digestTensors digests names, shapes and values, by the order of the names in each list.
func digestTensors(lists ...[]train.Tensor) string {
	h := sha256.New()
	for _, ts := range lists {
		fmt.Fprintln(h, len(ts))
		for _, t := range slices.SortedFunc(slices.Values(ts), func(a, b train.Tensor) int { return strings.Compare(a.Name, b.Name) }) {
			fmt.Fprintf(h, "%q %d\n", t.Name, t.Shape)
			digestValues(h, t.Data)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func digestValues(h hash.Hash, x []float32) {
	b := make([]byte, 0, 1<<16)
	for _, v := range x {
		if b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v)); len(b) == cap(b) {
			h.Write(b) // never fails
			b = b[:0]
		}
	}
	h.Write(b)
}

// readCheckpoint reads the tensors of a checkpoint: the parameters and their momenta.
func readCheckpoint(path string) (params, momenta []train.Tensor, err error) {
	f, err := weights.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if params, err = tensorsOf(f, ""); err != nil {
		return nil, nil, err
	}
	if momenta, err = tensorsOf(f, momentumPrefix); err != nil {
		return nil, nil, err
	}
	was, signed := f.Metadata[metaDigest] // earlier versions wrote none
	if now := digestTensors(params, momenta); signed && was != now {
		return nil, nil, fmt.Errorf("%s: its tensors have the SHA-256 %.12s…, but %.12s… was written: remove it to go on from the checkpoint before", path, now, was)
	}
	return params, momenta, nil
}
