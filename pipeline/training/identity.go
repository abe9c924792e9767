package training

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"fc7/outputs"
	"fc7/vgg/weights"
)

// identity is what must be the same for a run to go on, as JSON.
func (r *runner) identity() ([]byte, error) {
	j := r.j
	id := map[string]any{
		"images": r.split.digest(r.set), "train": len(r.split.train), "val": len(r.split.val), "classes": len(r.split.classes), "stages": j.Stages, "batch": j.Batch, "part": j.Part,
		"dropout": j.Dropout, "momentum": math.Max(0, j.Momentum), "decay": math.Max(0, j.Decay), "init": j.Init.String(), "seed": j.Seed, "standard": j.Standard, "flip": !j.NoFlip, "colour": !j.NoColour,
	}
	if len(j.Freeze) > 0 {
		id["freeze"] = j.Freeze
	}
	if j.From != "" {
		sum, err := digest(j.From)
		if err != nil {
			return nil, err
		}
		id["from_sha256"] = sum
	}
	if len(j.Factors) > 0 {
		id["factors"] = j.Factors
	}
	if r.base != nil {
		r.base.identify(id)
	}
	return json.MarshalIndent(id, "", "  ")
}

// digest is the SHA-256 of a weights file.
func digest(path string) (string, error) {
	f, err := weights.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return f.SHA256()
}

const runName = "run.json"

// agree writes run.json, or compares it.
func (r *runner) agree() error {
	now, err := r.identity()
	if err != nil {
		return err
	}
	path := filepath.Join(r.j.Out, runName)
	before, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		names, err := checkpoints(r.j.Out)
		if err == nil && len(names) > 0 {
			err = fmt.Errorf("%s holds checkpoints but no %s: choose another folder", r.j.Out, runName)
		}
		if err != nil {
			return err
		}
		return outputs.NewFile(path, append(now, '\n'), true)
	}
	if err != nil {
		return err
	}
	if bytes.Equal(bytes.TrimSpace(before), now) {
		return nil
	}
	return fmt.Errorf("%s holds a training with other settings:\n%schoose another folder, or the old settings", r.j.Out, differences(before, now))
}

// differences lists the lines that differ.
func differences(before, now []byte) string {
	var s strings.Builder
	a, b := strings.Split(strings.TrimSpace(string(before)), "\n"), strings.Split(string(now), "\n")
	for i := range max(len(a), len(b)) {
		x, y := "nothing", "nothing"
		if i < len(a) {
			x = strings.TrimSuffix(strings.TrimSpace(a[i]), ",")
		}
		if i < len(b) {
			y = strings.TrimSuffix(strings.TrimSpace(b[i]), ",")
		}
		if x != y {
			fmt.Fprintf(&s, "  run has %s, now %s\n", x, y)
		}
	}
	return s.String()
}
