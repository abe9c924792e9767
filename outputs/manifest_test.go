package outputs

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fc7/internal/origin"
)

func TestManifestRoundTrip(t *testing.T) {
	m := Manifest{
		Program: "fc7 0.1", Go: "go1.26", Platform: "linux/arm64", DataSet: "voc2007:/data/<VOC> & more", Weights: "vgg16.safetensors",
		Identity: testIdentity(5), Columns: testColumns(Float16), Shards: 2, Counts: Counts{Inputs: 5, OK: 3, Failed: 2},
		Timings: Timings{
			Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Finished: time.Date(2026, 1, 2, 3, 5, 5, 0, time.UTC),
			Reading: 1.5, Waiting: 0.25, Computing: 50, Writing: 0.125, Computed: 4,
		},
	}
	dir := t.TempDir()
	for _, shards := range []int{2, 3} { // the second replaces the first
		m.Shards = shards
		if err := m.Write(dir); err != nil {
			t.Fatal(err)
		}
		got, err := ReadManifest(dir)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v, %v\nwant %+v", got, err, m)
		}
	}
	if left := leftovers(t, dir, ManifestName); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	m.Counts.Failed = 1
	if err := m.Write(dir); err == nil || !strings.Contains(err.Error(), "5 inputs, but 3 ok and 1 failed") {
		t.Errorf("a wrong account: %v", err)
	}
	if got, err := ReadManifest(dir); err != nil || got.Counts.Failed != 2 {
		t.Errorf("the refused manifest replaced the good one: %+v, %v", got, err)
	}
}

func TestReadManifestRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "expected JSON, found nothing",
		`{"counts":{"ok":"3"}}`:            "field counts.ok: expected a whole number, found text",
		`{"identity":{"format":7}}`:        "table format 7, this program reads 1",
		strings.Repeat(" ", maxManifest+1): "larger than",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ManifestName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadManifest(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("error %v, want %q and the path", err, want)
		}
	}
	if _, err := ReadManifest(t.TempDir()); err == nil {
		t.Error("no error where there is no manifest")
	}
}

// TestDamagedManifestAdvice: what writes a damaged manifest anew is told, by a merge where there is a plan; one of a
// later fc7 is none that is damaged.
func TestDamagedManifestAdvice(t *testing.T) {
	m := Manifest{Identity: testIdentity(1), Columns: testColumns(Float32), Shards: 1, Counts: Counts{Inputs: 1, OK: 1}}
	dir := t.TempDir()
	damage := new(ManifestError)
	if err := os.WriteFile(filepath.Join(dir, ManifestName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(dir); !errors.As(err, &damage) || !strings.Contains(err.Error(), "run fc7 extract again") {
		t.Errorf("without a plan: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, PlanName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(dir); !errors.As(err, &damage) || !strings.Contains(err.Error(), "fc7 merge "+origin.Text(dir)) {
		t.Errorf("of a plan: %v", err)
	}
	m.Identity.Format = FormatVersion + 1
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadManifest(dir); err == nil || errors.As(err, &damage) || !strings.Contains(err.Error(), "use the program that wrote it") {
		t.Errorf("of a later fc7: %v", err)
	}
}
