package backbone_test

import (
	"strings"
	"testing"

	"fc7/extract"
	"fc7/internal/usage"
	"fc7/outputs"
	"fc7/pipeline/backbone"
	"fc7/pipeline/download"
	"fc7/vgg"
)

// TestRounding: how pooling rounds is the file's own way unless it is said, stands in the identity where it is not the
// old way, and weights that are read as a table's round as that table's did.
func TestRounding(t *testing.T) {
	path := netFile(t, "vgg11/32")
	o := extract.Options{Scales: []int{224}, Layers: []string{"fc7"}}
	ids := map[string]outputs.Identity{}
	tags := map[string]bool{}
	for _, word := range []string{"", vgg.RoundingFloor, vgg.RoundingCeil} {
		net, err := backbone.Load(t.Context(), backbone.Wanted{Weights: path, As: download.Reading{Rounding: word}, Threads: 1}, "fc7")
		if err != nil {
			t.Fatal(err)
		}
		ids[word] = net.Identity(o)
		tags[net.Tag()] = true
		as := backbone.ReadAs(ids[word])
		again, err := backbone.Load(t.Context(), backbone.Wanted{Weights: path, As: as, Threads: 1}, "fc7")
		if err != nil || again.Config.CeilPool != (word == vgg.RoundingCeil) {
			t.Errorf("%q, read as its table: rounds up %v, %v", word, again.Config.CeilPool, err)
		}
	}
	if ids[""].PoolRounding != "" || ids[vgg.RoundingFloor].PoolRounding != "" || ids[vgg.RoundingCeil].PoolRounding != "ceil" || len(tags) != 2 {
		t.Errorf("%+v, tags %v", ids, tags)
	}
	id := ids[""]
	id.Preprocessing.Mean[0]++ // which the small net's file does not record
	_, err := backbone.LoadAs(t.Context(), id, backbone.Wanted{Weights: "small", Threads: 1}, o)
	if err == nil || usage.Is(err) || !strings.Contains(err.Error(), "small is none of the weights that the table was made with") || strings.Contains(err.Error(), "preprocessing") {
		t.Errorf("other weights than the table's: %v", err)
	}
	if r := (download.Reading{Rounding: "floor"}).Unless(download.Reading{Rounding: "ceil"}); r.Rounding != "ceil" {
		t.Errorf("%+v", r)
	}
}
