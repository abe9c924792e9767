package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"fc7/datasets/synth"
)

// drawnSets is where data sets are drawn that several tests read.
var drawnSets string

func TestMain(m *testing.M) {
	code := 1
	defer func() { os.Exit(code) }()
	var err error
	if drawnSets, err = os.MkdirTemp("", "fc7-drawn-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer os.RemoveAll(drawnSets)
	code = m.Run()
}

// drawn is a small data set in one of the published layouts. Tests share it: it is read only.
func drawn(t testing.TB, layout string, images int) string {
	t.Helper()
	dir := filepath.Join(drawnSets, fmt.Sprintf("%s-%d", layout, images))
	if b, err := os.ReadFile(dir + ".spec"); err == nil {
		return string(b)
	}
	s, err := synth.Generate(context.Background(), dir, synth.Options{
		Layout: layout, Images: images, Seed: 1, Size: 120, Classes: 5,
	})
	if err == nil {
		err = os.WriteFile(dir+".spec", []byte(s.Spec), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.Spec
}
