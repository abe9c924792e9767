package thumbs

import (
	"testing"

	"fc7/outputs"
)

// TestOfAPipedList: what stood on standard input is not waited for.
func TestOfAPipedList(t *testing.T) {
	if l := Open(t.Context(), outputs.Manifest{DataSet: "list:-"}, ""); l.Err == nil && len(l.items) > 0 {
		t.Errorf("%d images of a list that is gone", len(l.items))
	}
}
