package pages

import (
	"path/filepath"
	"testing"

	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/heads"
)

// TestPagesOfEarlierHeads: the page of heads whose scores have the shape of before is, to the byte, that of the same
// heads of today.
func TestPagesOfEarlierHeads(t *testing.T) {
	earlier := filepath.Join("..", "heads", "testdata", "earlier")
	for name, j := range map[string]heads.Job{
		"voc2012":    {Features: "voc-run", Protocol: "voc2012", Options: protocol.Options{Difficult: protocol.DifficultPositive, Competition: 2}},
		"set-own":    {Features: "voc-run", Protocol: "set"},
		"caltech101": {Features: "c101-run", Protocol: "caltech101", Options: protocol.Options{TrainPerClass: 4, TestPerClass: 3, Seeds: []uint32{0, 1}}},
		"set-random": {Features: "c101-run", Protocol: "set", Options: protocol.Options{Seeds: []uint32{1, 2}}, LowShot: []int{1, 2}, Draws: 2},
	} {
		j.Features, j.Out = filepath.Join(earlier, j.Features), filepath.Join(t.TempDir(), "heads")
		if _, err := heads.Train(t.Context(), j, conveyor.Events{}); err != nil {
			t.Fatal(name, err)
		}
		page := func(of string) string {
			return reported(t, Job{Run: j.Features, Heads: of, NoImages: true, Out: filepath.Join(t.TempDir(), "page.html")})
		}
		if before, today := page(filepath.Join(earlier, name)), page(j.Out); before != today {
			t.Errorf("%s: the pages differ, of %d and %d bytes", name, len(before), len(today))
		}
	}
}
