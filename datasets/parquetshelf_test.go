package datasets

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestPagesOfManyTables: what is kept of the pages of all tables of a set is bounded together.
func TestPagesOfManyTables(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		writeTable(t, filepath.Join(dir, fmt.Sprintf("%d.parquet", i)), hubRows(i, 1, false), 1)
	}
	s := mustOpen(t, "parquet:"+dir, Options{})
	for i, it := range s.Items {
		table := it.At.Part.table()
		readAll(t, it.At)
		if again := readAll(t, it.At); string(again) != string(imageBytes(i)) || it.At.Room() != 0 {
			t.Errorf("%s: %d bytes, %d asked for", it.At, len(again), it.At.Room())
		}
		pages := table.shelf.pages
		if p := pages[len(pages)-1]; p.table != table {
			t.Errorf("%s: the page last used is of %s", it.At, p.table.path)
		} else {
			p.bytes = 100 << 20 // as though it were so large
		}
		if len(pages) != min(i+1, 3) { // two of 100 MiB and one more
			t.Errorf("%s: %d pages are kept", it.At, len(pages))
		}
	}
}

// TestPageOfOneImage: a page that holds one image, too large for any, costs nothing and is that row's error.
func TestPageOfOneImage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	writeTable(t, path, hubRows(0, 2, false), 1)
	s := mustOpen(t, "parquet:"+path, Options{})
	large := s.Items[0].At.Part.table()
	if len(large.pages) != 2 {
		t.Fatal(len(large.pages))
	}
	large.pages[0].size = maxLoosePage + 1
	if n := s.Items[0].At.Room(); n != 0 {
		t.Errorf("%d bytes are asked for", n)
	}
	_, err := s.Items[0].At.Open()
	wantError(t, err, path, "column image.bytes", "page at byte ", "of one image", "want at most")
	if got := content(t, s.Items[1]); got != string(imageBytes(1)) {
		t.Errorf("the other row is %q", got)
	}
	large.pages[0].size = maxLoosePage
	if n := s.Items[0].At.Room(); n != 3*maxLoosePage {
		t.Errorf("%d bytes are asked for one of %d", n, maxLoosePage)
	}
}
