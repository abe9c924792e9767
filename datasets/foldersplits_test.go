package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// labelled renders each item with its labels and splits.
func labelled(s *Set) string {
	var all []string
	for _, it := range s.Items {
		all = append(all, fmt.Sprintf("%s=%s/%s", it.ID, strings.Join(it.Labels(), "+"), strings.Join(it.Splits(), "+")))
	}
	return strings.Join(all, " ")
}

func TestFolderSplits(t *testing.T) {
	layout := map[string]string{
		"train/ants/1.jpg": "", "train/bees/deep/er/2.jpg": "", "val/ants/3.jpg": "", "val/bees/4.jpg": "", "val/wasps/5.jpg": "",
	}
	const asSplits = "train/ants/1.jpg=ants/train train/bees/deep/er/2.jpg=bees/train val/ants/3.jpg=ants/val val/bees/4.jpg=bees/val val/wasps/5.jpg=wasps/val"
	const asClasses = "train/ants/1.jpg=train/ train/bees/deep/er/2.jpg=train/ val/ants/3.jpg=val/ val/bees/4.jpg=val/ val/wasps/5.jpg=val/"
	for name, c := range map[string]struct {
		files         map[string]string
		folders, want string
		classes, note string
	}{
		"the commonest layout": {layout, "", asSplits, "ants bees wasps", "taken as official splits: 2 folders (train, val), in which 3 folders are classes (ants, bees, wasps)"},
		"said":                 {layout, FoldersSplits, asSplits, "ants bees wasps", "official splits"},
		"denied":               {layout, FoldersClasses, asClasses, "train val", ""},
		"other names of splits": {
			map[string]string{"Valid/a/1.jpg": "", "dev/a/2.jpg": "", "test/b/3.jpg": "", "testing/b/4.jpg": "", "training/a/5.jpg": "", "validation/a/6.jpg": ""},
			"", "Valid/a/1.jpg=a/val dev/a/2.jpg=a/val test/b/3.jpg=b/test testing/b/4.jpg=b/test training/a/5.jpg=a/train validation/a/6.jpg=a/val", "a b", "official",
		},
		"a test set without labels": {
			map[string]string{"train/a/1.jpg": "", "test/2.jpg": "", "3.jpg": ""},
			"", "3.jpg=/ test/2.jpg=/test train/a/1.jpg=a/train", "a", "official",
		},
		"one folder is a class": {
			map[string]string{"train/steam/1.jpg": "", "plane/2.jpg": ""}, "", "plane/2.jpg=plane/ train/steam/1.jpg=train/", "plane train", "",
		},
		"hidden ones and links do not count": {
			map[string]string{"train/a/1.jpg": "", ".git/x.jpg": "", "val": "-> train"}, "", "train/a/1.jpg=a/train", "a", "1 folder (train)",
		},
		"splits beside another folder": {
			map[string]string{"train/a/1.jpg": "", "val/a/2.jpg": "", "extra/a/3.jpg": ""},
			"",
			"extra/a/3.jpg=extra/ train/a/1.jpg=train/ val/a/2.jpg=val/", "extra train val", "2 folders (train, val); they would be splits if all folders were named so, but there is extra",
		},
		"no class folders": {
			map[string]string{"train/1.jpg": "", "test/2.jpg": ""}, "", "test/2.jpg=test/ train/1.jpg=train/", "test train", "taken as classes",
		},
		"no class folders, said to be splits": {
			map[string]string{"train/1.jpg": "", "test/2.jpg": ""}, FoldersSplits, "test/2.jpg=/test train/1.jpg=/train", "", "official",
		},
	} {
		s := mustOpen(t, "folder:"+tree(t, c.files), Options{Folders: c.folders})
		if got := labelled(s); got != c.want {
			t.Errorf("%s: rows\n%s, want\n%s", name, got, c.want)
		}
		if got := strings.Join(s.Classes, " "); got != c.classes {
			t.Errorf("%s: classes %q, want %q", name, got, c.classes)
		}
		if notes := strings.Join(s.Notes, "\n"); (notes == "") != (c.note == "") || !strings.Contains(notes, c.note) || len(s.Notes) > 1 {
			t.Errorf("%s: told %q, want one line with %q", name, s.Notes, c.note)
		}
	}
}

func TestFolderSplitsRefused(t *testing.T) {
	root := tree(t, map[string]string{"train/a/1.jpg": "", "extra/a/2.jpg": "", "list.txt": "train/a/1.jpg"})
	_, err := Open(t.Context(), "folder:"+root, Options{Folders: FoldersSplits})
	wantError(t, err, "not named as a split: 1 folder (extra)", "validation")
	_, err = Open(t.Context(), "folder:"+root+"/extra/a", Options{Folders: FoldersSplits})
	wantError(t, err, "no folder here")
	_, err = Open(t.Context(), "list:"+root+"/list.txt", Options{Folders: FoldersClasses})
	wantError(t, err, "would do nothing", "folder:")
	_, err = Open(t.Context(), "folder:"+root, Options{Folders: "split"})
	wantError(t, err, "split", "splits")
}
