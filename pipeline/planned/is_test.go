package planned

import (
	"os"
	"path/filepath"
	"testing"

	"fc7/outputs"
)

// TestIs: a plan that cannot be looked at is an error, not a plan: a disk that fails for a moment made it a wrong call.
func TestIs(t *testing.T) {
	run := t.TempDir()
	file := filepath.Join(run, outputs.PlanName)
	if there, err := Is(t.Context(), run); there || err != nil {
		t.Errorf("of an empty folder: %v, %v", there, err)
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if there, err := Is(t.Context(), run); !there || err != nil {
		t.Errorf("%v, %v", there, err)
	}
	if there, err := Is(t.Context(), file); there || err != nil {
		t.Errorf("of a file: %v, %v", there, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outputs.PlanName, file); err != nil {
		t.Skip("no links here")
	}
	if there, err := Is(t.Context(), run); there || err == nil {
		t.Errorf("of a link to itself: %v, %v", there, err)
	}
}
