package litter

import "testing"

func TestIs(t *testing.T) {
	for name, want := range map[string]bool{
		".DS_Store": true, "._part-00000-of-00001.parquet": true, ".nfs0000000001a2": true, "THUMBS.DB": true, "lost+found": true,
		".git": false, ".part-00000-of-00001.parquet.tmp": false, "notes.txt": false, "DS_Store": false, "": false,
	} {
		if Is(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
