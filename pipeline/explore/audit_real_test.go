package explore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/extract/likeness"
	"fc7/pipeline/internal/fixture"
)

// photographs copies some images of Caltech-101 to a folder, and skips the test where they are not there.
func photographs(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "caltech-101", "101_ObjectCategories", filepath.FromSlash(name)))
		if err != nil {
			t.Skipf("Caltech-101 is not here: %v", err)
		}
		if filepath.Ext(name) == "" { // as BACKGROUND_Google/tmp
			name += ".jpg"
		}
		fixture.WriteFile(t, filepath.Join(dir, filepath.FromSlash(name)), b)
	}
	return dir
}

// TestAuditOnCaltech101: Leopards are pairs of mirror images, 100 apart, Faces_easy has Faces that nobody cut out, and
// a stray file is nearly one of the background; no motorbike is a copy of another. Descriptors are without flips, so
// that it is the pixels that tell mirror images. TestAudit is the same on drawn images.
func TestAuditOnCaltech101(t *testing.T) {
	var names []string
	add := func(class string, numbers ...int) {
		for _, n := range numbers {
			names = append(names, fmt.Sprintf("%s/image_%04d.jpg", class, n))
		}
	}
	const leopards, apart = 12, 100
	faces := []int{114, 324, 360, 389}
	for i := 1; i <= leopards; i++ {
		add("Leopards", i, i+apart)
		add("Motorbikes", i)
	}
	add("Faces", faces...)
	add("Faces_easy", faces...)
	add("BACKGROUND_Google", 461, 462, 463)
	names = append(names, "BACKGROUND_Google/tmp")
	x := fixture.Job(t)
	x.DataSet = "folder:" + photographs(t, names...)
	x.Describe.Scales, x.Describe.Flip = []int{224}, false
	fixture.Extract(t, x)
	a := audit(t, AuditJob{Job: Job{Run: x.Out, K: 5}, NoScores: true})
	pair := func(first, second string, mirrored bool, grades ...likeness.Grade) {
		t.Helper()
		g := a.groupOf(first, grades...)
		if g == nil || len(g.Images) != 2 || g.Images[0].Image != first || g.Images[1].Image != second || g.Images[0].Mirrored != mirrored {
			t.Errorf("%s and %s: %+v", first, second, g)
		}
	}
	for i := 1; i <= leopards; i++ {
		pair(fmt.Sprintf("Leopards/image_%04d.jpg", i), fmt.Sprintf("Leopards/image_%04d.jpg", i+apart), true, likeness.Certain)
	}
	for _, i := range faces {
		pair(fmt.Sprintf("Faces/image_%04d.jpg", i), fmt.Sprintf("Faces_easy/image_%04d.jpg", i), false, likeness.Certain)
	}
	pair("BACKGROUND_Google/image_0462.jpg", "BACKGROUND_Google/tmp.jpg", false, likeness.Certain, likeness.Likely)
	for _, g := range a.Groups {
		if g.Grade == likeness.Certain && strings.HasPrefix(g.Images[0].Image, "Motorbikes/") {
			t.Errorf("motorbikes are copies: %+v", g)
		}
	}
}
