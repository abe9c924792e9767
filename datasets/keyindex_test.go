package datasets

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// TestKeyIndex: every key is found again, at its first place, however many there are.
func TestKeyIndex(t *testing.T) {
	var x keyIndex
	var items []Item
	for i := range 3000 {
		it := Item{ID: fmt.Sprint(i / 3), Object: i % 3}
		if before := x.add(items, &it); before >= 0 {
			t.Fatalf("%+v is at %d before it was added", it, before)
		}
		items = append(items, it)
	}
	for i := range items {
		again := items[i]
		again.ID = strings.Clone(again.ID)
		if before := x.add(items, &again); before != i {
			t.Fatalf("item %d is found at %d", i, before)
		}
	}
}

func TestLineRuns(t *testing.T) {
	var l lineRuns
	lines := []int{1, 2, 3, 7, 8, 20}
	for i, line := range lines {
		l.add(i, line)
	}
	for i, want := range lines {
		if got := l.of(i); got != want {
			t.Errorf("item %d is of line %d, want %d", i, got, want)
		}
	}
	if len(l) != 3 {
		t.Errorf("%d runs, want 3", len(l))
	}
}

// TestItemSize: what a set of millions costs is a choice.
func TestItemSize(t *testing.T) {
	if n := unsafe.Sizeof(Item{}); n > 72 {
		t.Errorf("an item takes %d bytes beside its names", n)
	}
}

// TestSharedMemory: names are in memory once, and equal labels too, without the text they were read from.
func TestSharedMemory(t *testing.T) {
	root := tree(t, map[string]string{
		"photos/cat/1.jpg": "", "photos/cat/2.jpg": "",
		"t.csv": "path,labels\na/1.jpg,x;y\na/2.jpg,y; x\n/b/3.jpg,x\n", "l.txt": "a/1.jpg\n./a/2.jpg\n/b/3.jpg\n",
	})
	for _, spec := range []string{"folder:" + root + "/photos", "csv:" + root + "/t.csv", "list:" + root + "/l.txt"} {
		s := mustOpen(t, spec, Options{})
		for _, it := range s.Items {
			end := len(it.At.Path) - len(it.ID)
			if unsafe.StringData(it.ID) != unsafe.StringData(it.At.Path[end:]) {
				t.Errorf("%s: %s and %s are in memory twice", spec, it.ID, it.At.Path)
			}
		}
		if a, b := s.Items[0].Labels(), s.Items[1].Labels(); len(a) > 0 && unsafe.SliceData(a) != unsafe.SliceData(b) {
			t.Errorf("%s: equal labels are in memory twice: %v, %v", spec, a, b)
		}
	}
}
