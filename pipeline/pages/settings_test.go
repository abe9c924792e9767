package pages

import (
	"os"
	"path/filepath"
	"testing"

	"fc7/internal/origin"
	"fc7/outputs"
)

// TestStartsOfTable: what a manifest tells of the last start is called that, and what it tells of the tasks of a plan,
// or of shares that were joined, of all of them.
func TestStartsOfTable(t *testing.T) {
	for _, c := range []struct {
		planned bool
		made    *origin.Command
		want    string
	}{
		{false, &origin.Command{}, "last start"},
		{true, &origin.Command{}, "starts, the first to the last"},
		{false, nil, "starts, the first to the last"},
	} {
		run := t.TempDir()
		if c.planned {
			if err := os.WriteFile(filepath.Join(run, outputs.PlanName), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		found := ""
		for _, s := range tableSettings(run, outputs.Manifest{Made: c.made})[1].Items {
			if s.Name == c.want {
				found = s.Name
			}
		}
		if found == "" {
			t.Errorf("%+v is not told", c)
		}
	}
}
