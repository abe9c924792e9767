package paper

import (
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/pipeline/heads"
)

// TestPaperLine: which of the paper's figures heads are compared with, and when the comparison is fair.
func TestPaperLine(t *testing.T) {
	table := func(net string, region heads.Region, images int) heads.Table {
		return heads.Table{Identity: outputs.Identity{Net: net, Scales: []int{256}, Inputs: outputs.Inputs{Count: images}}, Region: region}
	}
	five := protocol.Recipe{Aggregate: protocol.Mean, Scales: []int{256, 384, 512, 640, 768}}
	voc := func(r protocol.Recipe) *protocol.VOCResult {
		return &protocol.VOCResult{MeanAP11: 0.881, MeanAPAll: 0.9, Recipe: r, Scored: "test"}
	}
	for _, c := range []struct {
		r       heads.Result
		net     string
		ours    float64
		reasons string
	}{
		{heads.Result{Protocol: "voc2007", VOC: voc(five), Tables: []heads.Table{table("vgg16", "", 9963)}}, "D", 0.881, ""},
		{heads.Result{Protocol: "voc2012", VOC: voc(five), Tables: []heads.Table{table("vgg19", "", 22531)}}, "E", 0.9, ""},
		{heads.Result{Protocol: "voc2007", VOC: voc(protocol.Recipe{Parts: []protocol.Recipe{five, five}}), Tables: []heads.Table{table("vgg16", "", 9963), table("vgg19", "", 9963)}}, "D and E", 0.881, ""},
		{heads.Result{Protocol: "voc2012-action", VOC: voc(five), Tables: []heads.Table{table("vgg16", heads.RegionImage, 1), table("vgg16", heads.RegionBox, 1), table("vgg19", heads.RegionImage, 1)}}, "D and E, image and box", 0.9, ""},
		{
			heads.Result{Protocol: "voc2007", VOC: voc(protocol.Recipe{Aggregate: protocol.Max, Scales: []int{256}}), Tables: []heads.Table{table("vgg16/8", "", 100)}},
			"D", 0.881,
			"vgg16/8 is a narrow net; 100 images of the data set's 9,963; the descriptor is the max of scales 256, the paper's the mean of 256, 384, 512, 640, 768",
		},
		{heads.Result{Protocol: "voc2007", VOC: voc(five), Tables: []heads.Table{table("vgg11", "", 9963)}}, "D", 0.881, "the paper's table has no net vgg11"},
	} {
		l := LineOf(&c.r, false)
		if l == nil || l.Net != c.net || float64(l.Ours) != c.ours || strings.Join(l.Reasons, "; ") != c.reasons {
			t.Errorf("%+v, want %s, %v, %q", l, c.net, c.ours, c.reasons)
			continue
		}
		row := Reproduction{Task: l.Task, Lines: []Line{*l}}.Comparison()
		if (row.Rows[0].Difference == "") != (c.reasons != "") {
			t.Errorf("%s: difference %q", c.net, row.Rows[0].Difference)
		}
	}
	if l := LineOf(&heads.Result{Protocol: "set"}, false); l != nil {
		t.Errorf("a set that the paper does not have: %+v", l)
	}
}
