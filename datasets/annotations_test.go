package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// TestDamagedAnnotations: one annotation that is none, or that has a box which is none, leaves its image without
// labels, and is counted; the others are as they are, in the order of the images.
func TestDamagedAnnotations(t *testing.T) {
	files := map[string]string{"40.xml": "<html/>", "41.xml": vocText("41.jpg", "cat 1 x 2 2")}
	for i := range 60 {
		name := fmt.Sprintf("%02d", i)
		files[name+".jpg"] = ""
		if files[name+".xml"] == "" {
			files[name+".xml"] = vocText(name+".jpg", fmt.Sprintf("c%02d 1 1 9 9", i))
		}
	}
	dir := tree(t, files)
	for objects, bad := range map[string]int{ObjectsImage: 1, ObjectsBoth: 2} {
		s, err := Open(t.Context(), "vocxml:"+dir, Options{Objects: objects})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%d of 60 annotations cannot be read, and say nothing of their images; the first: read annotation", bad)
		if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, want) || !strings.Contains(notes, "40.xml") {
			t.Errorf("%s: notes %q, want %q", objects, notes, want)
		}
		for _, it := range s.Items {
			stem := strings.TrimSuffix(it.ID, ".jpg")
			switch got := fmt.Sprint(it.Labels()); {
			case stem == "40" || stem == "41" && bad == 2:
				if got != "[]" || it.None {
					t.Errorf("%s: %s is %s, none %t", objects, it.ID, got, it.None)
				}
			case stem == "41":
				if got != "[cat]" {
					t.Errorf("%s: %s is %s", objects, it.ID, got)
				}
			case got != "[c"+stem+"]":
				t.Errorf("%s: %s is %s", objects, it.ID, got)
			}
		}
	}
}
