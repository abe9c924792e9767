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
	of := func(name, figure string, r protocol.Recipe, tables ...heads.Table) heads.Result {
		return heads.Result{Tables: tables, Result: &protocol.Result{
			Protocol: name, Headline: protocol.MeasureOf(figure), Recipe: r, Scored: "test",
			Figures: protocol.Figures{{Name: "mean_ap_11", Value: 0.881}, {Name: "mean_ap", Value: 0.9}},
		}}
	}
	for _, c := range []struct {
		r       heads.Result
		net     string
		ours    float64
		reasons string
	}{
		{of("voc2007", "mean_ap_11", five, table("vgg16", "", 9963)), "D", 0.881, ""},
		{of("voc2012", "mean_ap", five, table("vgg19", "", 22531)), "E", 0.9, ""},
		{of("voc2007", "mean_ap_11", protocol.Recipe{Parts: []protocol.Recipe{five, five}}, table("vgg16", "", 9963), table("vgg19", "", 9963)), "D and E", 0.881, ""},
		{of("voc2012-action", "mean_ap", five, table("vgg16", heads.RegionImage, 1), table("vgg16", heads.RegionBox, 1), table("vgg19", heads.RegionImage, 1)), "D and E, image and box", 0.9, ""},
		{
			of("voc2007", "mean_ap_11", protocol.Recipe{Aggregate: protocol.Max, Scales: []int{256}}, table("vgg16/8", "", 100)),
			"D", 0.881,
			"vgg16/8 is a narrow net; 100 images of the data set's 9,963; the descriptor is the max of scales 256, the paper's the mean of 256, 384, 512, 640, 768",
		},
		{of("voc2007", "mean_ap_11", five, table("vgg11", "", 9963)), "D", 0.881, "the paper's table has no net vgg11"},
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
	if l := LineOf(&heads.Result{Result: &protocol.Result{Protocol: "set"}}, false); l != nil {
		t.Errorf("a set that the paper does not have: %+v", l)
	}
}
