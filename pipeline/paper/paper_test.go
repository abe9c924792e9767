package paper

import (
	"slices"
	"strings"
	"testing"

	"fc7/heads/protocol"
	"fc7/outputs"
	"fc7/outputs/report"
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

// What makes a comparison unfair is said, each reason once, beside figures that are then not subtracted.
func TestReasons(t *testing.T) {
	r := heads.Result{
		Tables: []heads.Table{{Identity: outputs.Identity{Net: "vgg16", Inputs: outputs.Inputs{Count: 9144}}}},
		Result: &protocol.Result{
			Protocol: "caltech101", Headline: protocol.MeasureOf("mean_recall"),
			Recipe:  protocol.Recipe{Aggregate: protocol.Stack, Scales: []int{256, 384, 512}},
			Figures: protocol.Figures{{Name: "mean_recall", Value: 0.9}}, Deviation: protocol.Figures{{Name: "mean_recall", Value: 0.0068}},
		},
	}
	fair := LineOf(&r, false) // an image less than there are: it has no extension
	if fair == nil || len(fair.Reasons) > 0 || fair.Nets != "vgg16" {
		t.Fatalf("%+v", fair)
	}
	r.Failed, r.Excluded, r.Tables[0].Identity.Inputs.Count = 1234, []string{"a", "b"}, 9143
	unfair := LineOf(&r, true)
	want := []string{"the weights are random", "9,143 images of the data set's 9,145", "1,234 images have no descriptor", "2 rows are left out"}
	if !slices.Equal(unfair.Reasons, want) {
		t.Errorf("reasons %q, want %q", unfair.Reasons, want)
	}
	c := Reproduction{Task: "caltech101", Lines: []Line{*fair, *unfair, *unfair}}.Comparison()
	row := report.ComparisonRow{Name: "D (vgg16)", Ours: "90.0 ± 0.7", Paper: "91.8 ± 1.0", Difference: "-1.8"}
	other := row
	other.Difference = ""
	if c.Title != "Mean class recall beside the paper, table 11" || !slices.Equal(c.Rows, []report.ComparisonRow{
		row, other, other, // and what the paper compares its own with
		{Name: "Zeiler and Fergus 2013", Paper: "86.5 ± 0.5"}, {Name: "Chatfield et al. 2014", Paper: "88.4 ± 0.6"}, {Name: "He et al. 2014", Paper: "93.4 ± 0.5"},
	}) {
		t.Errorf("%s: %+v", c.Title, c.Rows)
	}
	if c.Notes[0] != "Not to be compared: "+strings.Join(want, "; ")+"." || !strings.HasPrefix(c.Notes[1], "The paper: Simonyan and Zisserman") || len(c.Notes) != 2 {
		t.Errorf("notes %q", c.Notes)
	}
	r.Protocol, r.Scored, r.Result.Recipe.Aggregate = "voc2007", "val", protocol.Mean
	if l := LineOf(&r, false); !slices.Contains(l.Reasons, "scored on val, not on test") {
		t.Errorf("reasons %q", l.Reasons)
	}
	if c := (Reproduction{Task: "mnist", Lines: []Line{{Task: "mnist", Net: "D"}}}).Comparison(); c != nil {
		t.Errorf("a comparison of what the paper has not: %+v", c)
	}
}
