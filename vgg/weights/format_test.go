package weights

import (
	"slices"
	"testing"
)

func TestFormatTable(t *testing.T) {
	var names []string
	for _, f := range formats {
		if f.sniff == nil || f.open == nil || f.title == "" || slices.Contains(names, f.name) {
			t.Errorf("row %q is incomplete or double", f.name)
		}
		names = append(names, f.name)
	}
	if len(Formats()) != len(formats) {
		t.Errorf("%d titles for %d formats", len(Formats()), len(formats))
	}
}

func TestEmptyFile(t *testing.T) {
	_, err := openBytes(nil)
	wantError(t, err, "memory", "empty file")
}
