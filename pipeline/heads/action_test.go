package heads

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/heads/protocol"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/internal/fixture"
)

// actionTree writes VOC 2012's action task with n images of two persons each, in train, val and test in turn; of those
// to be tested only the boxes are known.
func actionTree(t *testing.T, n int) string {
	t.Helper()
	_, drawn, _ := strings.Cut(fixture.Drawn(t, synth.LayoutCaltech101, 24), ":")
	var images []string
	err := filepath.WalkDir(drawn, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".jpg" {
			images = append(images, path)
		}
		return err
	})
	if err != nil || len(images) < n {
		t.Fatal(len(images), err)
	}
	root := filepath.Join(t.TempDir(), "VOC2012")
	lists := map[string]string{}
	for i, image := range images[:n] {
		id, split := fmt.Sprintf("2010_%06d", i), []string{"train", "val", "test"}[i%3]
		b, err := os.ReadFile(image)
		if err != nil {
			t.Fatal(err)
		}
		fixture.WriteFile(t, filepath.Join(root, "JPEGImages", id+".jpg"), b)
		xml := "<annotation><size><width>120</width><height>90</height><depth>3</depth></size>"
		for person := 1; person <= 2; person++ {
			xml += fmt.Sprintf("<object><name>person</name><bndbox><xmin>%d</xmin><ymin>1</ymin><xmax>%d</xmax><ymax>80</ymax></bndbox></object>", 40*person-39, 40*person)
			lists[split] += fmt.Sprintf("%s %d\n", id, person)
			for c, class := range datasets.VOCActions() {
				value := -1
				if (i/3+person)%3 == c%3 {
					value = 1
				}
				if split != "test" {
					lists[class+"_"+split] += fmt.Sprintf("%s %d %2d\n", id, person, value)
				}
			}
		}
		fixture.WriteFile(t, filepath.Join(root, "Annotations", id+".xml"), []byte(xml+"</annotation>"))
	}
	for name, text := range lists {
		fixture.WriteFile(t, filepath.Join(root, "ImageSets", "Action", name+".txt"), []byte(text))
	}
	return "voc2012:action:" + filepath.Dir(root)
}

// Persons whose actions are secret are scored by heads trained on trainval: the server's files have a line for each of
// them, and no figure is made up.
func TestActionsOfSecretTest(t *testing.T) {
	fixture.SkipShort(t)
	j := fixture.Job(t)
	j.DataSet, j.Choice.Objects = actionTree(t, 18), datasets.ObjectsBoth
	fixture.Extract(t, j)
	for _, region := range []Region{RegionBox, RegionBoth} {
		r, err := Train(t.Context(), Job{
			Features: j.Out, Protocol: "voc2012-action", Regions: region, Options: protocol.Options{Settings: protocol.Settings{C: 1}, Competition: 9},
			Out: filepath.Join(t.TempDir(), "h"),
		}, conveyor.Events{})
		if err != nil {
			t.Fatal(region, err)
		}
		if n := r.Splits[0].Images; n.Train != 24 || n.Test != 12 || r.Scored != "test" || r.Trained != "trainval" {
			t.Errorf("%s: %+v, trained on %s, scored on %s", region, n, r.Trained, r.Scored)
		}
		if v, _ := r.Figure(); v.Defined() {
			t.Errorf("%s: the mean AP of persons without labels is said to be %v", region, v)
		}
		b, err := os.ReadFile(filepath.Join(r.Out, "results", "comp9_action_test_running.txt"))
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			keys = append(keys, strings.Join(f[:2], " "))
		}
		slices.Sort(keys)
		if want := "2010_000002 1 2010_000002 2 2010_000005 1 2010_000005 2"; len(keys) != 12 || !strings.HasPrefix(strings.Join(keys, " "), want) {
			t.Errorf("%s: the file is of %v", region, keys)
		}
	}
}
