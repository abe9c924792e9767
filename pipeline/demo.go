package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fc7/datasets/synth"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// The demo's settings: small enough for a minute on two cores.
const (
	DemoNet    = "vgg16/8"
	DemoImages = 240
	demoSeed   = 7
)

var demoScales = []int{256, 320, 384}

// DemoResult is what the demo made, with the time of each step.
type DemoResult struct {
	Data    synth.Summary
	Weights string
	Extract *ExtractResult
	Heads   *HeadsResult
	Report  string
	Took    []Step
}

// Step is a named stretch of time.
type Step struct {
	Name string
	Took time.Duration
}

// Demo runs the main job offline in a new folder: it draws a data set in VOC's layout,
// makes a narrow net with seeded random weights, extracts descriptors at three scales,
// trains and scores heads, and writes the report.
func Demo(ctx context.Context, out string, threads int, ev Events) (*DemoResult, error) {
	if err := emptyFolder(out); err != nil {
		return nil, err
	}
	r := &DemoResult{Weights: filepath.Join(out, "vgg16-8-random.safetensors")}
	began := time.Now()
	step := func(name string) {
		r.Took = append(r.Took, Step{name, time.Since(began)})
		began = time.Now()
	}
	var err error
	r.Data, err = synth.Generate(ctx, filepath.Join(out, "data"), synth.Options{Layout: synth.LayoutVOC2007, Images: DemoImages, Seed: demoSeed})
	if err != nil {
		return nil, err
	}
	step("draw the images")
	cfg, err := vgg.Lookup(DemoNet)
	if err != nil {
		return nil, err
	}
	if err := vgg.Init(r.Weights, cfg, demoSeed, weights.SafetensorsOptions{}); err != nil {
		return nil, err
	}
	step("make the net")
	run := filepath.Join(out, "run")
	r.Extract, err = Extract(ctx, ExtractJob{
		DataSet: r.Data.Spec, Weights: r.Weights, Out: run, Threads: threads, Describe: extract.Options{Scales: demoScales},
	}, ev)
	if err != nil {
		return nil, err
	}
	step("extract descriptors")
	r.Heads, err = Heads(ctx, HeadsJob{Features: run, Protocol: "voc2007", Choice: FeatureChoice{Aggregate: protocol.Mean}}, ev)
	if err != nil {
		return nil, err
	}
	step("train and score heads")
	r.Report, err = Report(ctx, ReportJob{Run: run})
	step("write the report")
	return r, err
}

// emptyFolder makes a folder, or makes sure that it is empty.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	names, _ := f.Readdirnames(1)
	if err := f.Close(); err != nil {
		return err
	}
	if len(names) > 0 {
		return fmt.Errorf("%s is not empty (it holds %s): %w", dir, names[0], errNotEmpty)
	}
	return nil
}

var errNotEmpty = errors.New("choose a new folder, or remove it")
