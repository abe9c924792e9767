package datasets

import (
	"bytes"
	"image"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestBoxPixels: a box is of whole pixels, and scaled with the picture that it was drawn on.
func TestBoxPixels(t *testing.T) {
	for _, c := range []struct {
		box           Box
		width, height int
		want          image.Rectangle
		corners       string
	}{
		{Box{XMin: 1, YMin: 1, XMax: 40, YMax: 30}, 40, 30, image.Rect(0, 0, 40, 30), "1 1 40 30"},
		{Box{XMin: 2.5, YMin: -1.5, XMax: 4.4, YMax: 3.5}, 40, 30, image.Rect(2, -3, 4, 4), "3 -2 4 4"},
		{Box{1, 1, 40, 30, imageSize{40, 30}}, 40, 30, image.Rect(0, 0, 40, 30), "1 1 40 30 of 40 30"},
		{Box{1, 1, 40, 30, imageSize{40, 30}}, 80, 15, image.Rect(0, 0, 80, 15), "1 1 40 30 of 40 30"},
		{Box{11, 11.5, 20, 20, imageSize{40, 30}}, 80, 90, image.Rect(20, 32, 40, 60), "11 11.5 20 20 of 40 30"},
		{Box{11, 11, 11, 11, imageSize{400, 300}}, 40, 30, image.Rect(1, 1, 2, 2), "11 11 11 11 of 400 300"},
		{Box{14, 14, 14, 14, imageSize{400, 300}}, 40, 30, image.Rect(1, 1, 2, 2), "14 14 14 14 of 400 300"}, // less than a pixel
	} {
		if got := c.box.Pixels(c.width, c.height); got != c.want {
			t.Errorf("%+v in %dx%d: %v, want %v", c.box, c.width, c.height, got, c.want)
		}
		if got := c.box.Corners(); got != c.corners {
			t.Errorf("%+v: %q, want %q", c.box, got, c.corners)
		}
	}
	var none *Box
	if none.Corners() != "" || none.Scaled(1, 1) {
		t.Error("no box has corners, or is scaled")
	}
}

// TestBoxInIndex: a box comes back from an index as it was, and from one of before there were decimals as whole pixels.
func TestBoxInIndex(t *testing.T) {
	s := &Set{Kind: "vocxml", Root: "/x"}
	for _, b := range []*Box{nil, {XMin: -3, YMin: 2, XMax: 9, YMax: 1 << 31}, {XMin: 1.25, YMin: 2, XMax: 3, YMax: 4}, {1, 2, 3, 4, imageSize{40, 30}}} {
		it := Item{ID: "1.jpg", At: Location{Path: "/x/1.jpg"}, Box: b}
		if b != nil {
			it.Object = len(s.Items)
		}
		s.Items = append(s.Items, it)
	}
	for i, it := range indexed(t, s, Options{}, 10, 0, len(s.Items)).Items {
		if want := s.Items[i].Box; (it.Box == nil) != (want == nil) || want != nil && *it.Box != *want {
			t.Errorf("%+v, want %+v", it.Box, want)
		}
	}
	n, err := s.Indexed()
	if err != nil {
		t.Fatal(err)
	}
	type earlier struct { // indexRow without Drawn
		ID      string   `parquet:"id"`
		Object  int32    `parquet:"object"`
		File    string   `parquet:"file,dict"`
		Offset  int64    `parquet:"offset"`
		Size    int64    `parquet:"size"`
		Whole   int64    `parquet:"whole"`
		Version string   `parquet:"version"`
		SHA256  []byte   `parquet:"sha256"`
		Row     bool     `parquet:"row"`
		Labels  []string `parquet:"labels,list"`
		Ignored []string `parquet:"ignored,list"`
		None    bool     `parquet:"none"`
		Splits  int32    `parquet:"splits"`
		Box     []int64  `parquet:"box,list"`
	}
	var file bytes.Buffer
	to := parquet.NewGenericWriter[earlier](&file)
	if _, err := to.Write([]earlier{{ID: "1.jpg", Object: 1, Offset: wholeFile, Box: []int64{1, 2, 3, 4}}}); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	share := n.Share(Options{}, 1)
	if err := share.Add(file.Bytes(), 0, 1); err != nil {
		t.Fatal(err)
	}
	if b := share.Set().Items[0].Box; b == nil || *b != (Box{XMin: 1, YMin: 2, XMax: 3, YMax: 4}) {
		t.Errorf("%+v", b)
	}
}
