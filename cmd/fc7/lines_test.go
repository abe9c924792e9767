package main

import (
	"bytes"
	"strings"
	"testing"

	"fc7/pipeline/bench"
	"fc7/pipeline/inspection"
)

// TestLines: each number of a line stands at its place.
func TestLines(t *testing.T) {
	for want, print := range map[string]func(*console){
		"vgg16.pth: 50.0 MB of 200.0 MB (25%)\n": func(c *console) { c.downloadLine("vgg16.pth", 50e6, 200e6) },
		"vgg16.pth: 50.0 MB\n":                   func(c *console) { c.downloadLine("vgg16.pth", 50e6, -1) },
		"    conv1_1                          12.50 ms     345 GFLOP/s\n": func(c *console) {
			printJob(c, bench.ForwardJob{Layers: []bench.Layer{{Name: "conv1_1", Millis: 12.5, GFLOPs: 345}}}, true)
		},
		"fc7\tcentre 224\t5.50 images/s\n    1 image, 2 failed; 5.00 to 6.00 images/s, 7.8 at once; peak memory 9 MB; others took up to 0.25 processors\n": func(c *console) {
			printExtractJob(c, bench.ExtractJob{
				Name: "centre 224", Images: 1, Failed: 2, Rate: 5.5, Rates: []float64{5.5, 6, 5}, Together: 7.8, MemoryBytes: 9e6, Others: []float64{0.1, 0.25, 0},
			})
		},
		"net  none: conv1_1 is missing\n": func(c *console) { printInspection(c, inspection.Net{NotVGG: "conv1_1 is missing"}, false) },
		"net  vgg16, the paper's D; 138.4 M parameters\n": func(c *console) {
			printInspection(c, inspection.Net{Net: "vgg16", Paper: "D", Params: 138357544}, false)
		},
	} {
		var out, err bytes.Buffer
		print(newConsole(&out, &err))
		if got := out.String() + err.String(); !strings.Contains(got, want) {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}
