package thumbs

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"fc7/outputs"
)

// TestOfAPipedList: what stood on standard input is not waited for.
func TestOfAPipedList(t *testing.T) {
	if l, err := Open(t.Context(), outputs.Manifest{DataSet: "list:-"}, ""); err != nil || l.Err == nil && len(l.items) > 0 {
		t.Errorf("%d images of a list that is gone: %v", len(l.items), err)
	}
}

// TestOfNoData: a page does without images that are gone, but not without those that its user names.
func TestOfNoData(t *testing.T) {
	gone := "folder:" + filepath.Join(t.TempDir(), "gone")
	if l, err := Open(t.Context(), outputs.Manifest{DataSet: gone}, ""); err != nil || !errors.Is(l.Err, fs.ErrNotExist) {
		t.Errorf("where the manifest says: %v", err)
	}
	if _, err := Open(t.Context(), outputs.Manifest{}, gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where the user says: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Open(ctx, outputs.Manifest{DataSet: gone}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestOpenAway: why images are not there is one line, without the layouts that a data set may have.
func TestOpenAway(t *testing.T) {
	im, err := Open(t.Context(), outputs.Manifest{DataSet: "folder:" + filepath.Join(t.TempDir(), "nosuch")}, "")
	if err != nil || im.Err == nil || strings.Contains(im.Err.Error(), "\n") || !strings.Contains(im.Err.Error(), "nosuch") || !errors.Is(im.Err, fs.ErrNotExist) {
		t.Errorf("%v, %+v", err, im)
	}
}
