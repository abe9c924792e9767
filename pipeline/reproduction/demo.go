package reproduction

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fc7/datasets/synth"
	"fc7/extract"
	"fc7/heads/protocol"
	"fc7/internal/atomicfile"
	"fc7/internal/bounded"
	"fc7/internal/lock"
	"fc7/internal/origin"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
	"fc7/pipeline/heads"
	"fc7/pipeline/pages"
	"fc7/vgg"
	"fc7/vgg/small"
	"fc7/vgg/weights"
)

// The demo's settings: small enough for a minute on two cores.
const (
	demoImages = 240
	demoSeed   = 7
)

var demoScales = []int{256, 320}

// DemoResult is what the demo made, with the time of each step.
type DemoResult struct {
	Data   synth.Summary
	Random DemoRun // a net with random weights
	Small  DemoRun // the same net with the weights that ship
	Report string  // of Small
	Took   []Step
}

// DemoRun is the job with one net.
type DemoRun struct {
	Net     string
	weights string
	extract *extraction.Result
	Heads   *heads.Result
}

// Step is a named stretch of time.
type Step struct {
	Name string
	Took time.Duration
}

// Demo runs the main job offline in a new folder: it draws a data set in VOC's layout, extracts descriptors at two
// scales with the small net that ships and with a random one of the same shape, in one pass, trains and scores heads on
// both, and writes the report of the first. In the folder of a demo that was killed it goes on.
func Demo(ctx context.Context, out string, threads int, command *origin.Command, ev conveyor.Events) (*DemoResult, error) {
	return demo(ctx, out, demoImages, demoScales, threads, command, ev)
}

func demo(ctx context.Context, out string, images int, scales []int, threads int, command *origin.Command, ev conveyor.Events) (*DemoResult, error) {
	again, mark, err := openDemo(out, fmt.Sprintf("a demo of %d images, seed %d, at the scales %d, is not complete here; the same command goes on\n", images, demoSeed, scales))
	if err != nil {
		return nil, err
	}
	r, err := demoIn(ctx, out, images, scales, threads, again, command, ev)
	if err != nil {
		return r, errors.Join(err, mark.Release())
	}
	return r, mark.Remove()
}

// demoIn is the demo in a folder that is there; again: after one that was killed in it.
func demoIn(ctx context.Context, out string, images int, scales []int, threads int, again bool, command *origin.Command, ev conveyor.Events) (*DemoResult, error) {
	r := &DemoResult{}
	began := time.Now()
	step := func(name string) {
		r.Took = append(r.Took, Step{name, time.Since(began)})
		began = time.Now()
	}
	var err error
	r.Data, err = synth.Generate(ctx, filepath.Join(out, "data"), synth.Options{Layout: synth.LayoutVOC2007, Images: images, Seed: demoSeed, Replace: again})
	if err != nil {
		return nil, err
	}
	step("draw the images")
	if err := r.nets(ctx, out, again); err != nil {
		return nil, err
	}
	j := extraction.Job{Out: out, Threads: threads, Describe: extract.Options{Scales: scales}, Command: command}
	if err := r.extract(ctx, j, ev); err != nil {
		return nil, err
	}
	step("extract descriptors by two nets")
	for _, n := range []*DemoRun{&r.Random, &r.Small} {
		n.Heads, err = heads.Train(ctx, heads.Job{Features: n.extract.Out, Protocol: "voc2007", Choice: extraction.FeatureChoice{Aggregate: protocol.Mean}, Replace: again, Command: command}, ev)
		if err != nil {
			return nil, err
		}
	}
	step("train and score heads")
	r.Report, err = pages.Write(ctx, pages.Job{Run: r.Small.extract.Out})
	step("write the report")
	return r, err
}

// nets names the weights that ship, and draws those of a random net of the same shape.
func (r *DemoResult) nets(ctx context.Context, out string, again bool) error {
	f, err := small.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	cfg, _, err := vgg.Recognise(f)
	if err != nil {
		return err
	}
	r.Small, r.Random = DemoRun{Net: cfg.Name, weights: small.Name}, DemoRun{Net: cfg.Name, weights: filepath.Join(out, "random.safetensors")}
	return vgg.Init(ctx, r.Random.weights, cfg, demoSeed, weights.SafetensorsOptions{Overwrite: again})
}

func (r *DemoResult) extract(ctx context.Context, j extraction.Job, ev conveyor.Events) error {
	files := []extraction.NetFile{{Weights: r.Random.weights, Folder: "random"}, {Weights: r.Small.weights, Folder: "small"}}
	j.DataSet = r.Data.Spec
	done, err := extraction.ExtractNets(ctx, j, files, ev)
	if err == nil {
		r.Random.extract, r.Small.extract = done[0], done[1]
	}
	return err
}

// demoMark stands in the folder of a demo that is not complete: what else the demo makes there is then made again, or
// gone on with. It is locked by the process that makes it, and says with what settings.
const demoMark = ".fc7-demo"

// maxMark bounds it.
const maxMark = 1 << 20

// openDemo makes the folder of a demo, or takes one that is empty or that a demo with these settings was killed in. The
// lock is that of its mark.
func openDemo(out, settings string) (again bool, l *lock.Lock, err error) {
	if err := errors.Join(atomicfile.MkdirAll(out), atomicfile.Sweep(out)); err != nil {
		return false, nil, err
	}
	mark := filepath.Join(out, demoMark)
	before, err := bounded.File(mark, maxMark)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := emptyFolder(out); err != nil {
			return false, nil, err
		}
		err = atomicfile.WriteBytes(mark, []byte(settings), false)
	case err == nil && string(before) != settings:
		err = fmt.Errorf("%s holds a demo of another version of fc7 that was not completed: %w", out, errNotEmpty)
	}
	if err == nil {
		l, err = lock.Standing(mark)
	}
	return before != nil, l, err
}

// emptyFolder makes sure that a folder is empty.
func emptyFolder(dir string) error {
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
