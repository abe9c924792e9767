package training

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"fc7/datasets"
	"fc7/outputs"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/train"
)

// InterruptedError is a training that was stopped from outside and can go on.
type InterruptedError struct {
	Out   string
	Steps int // done, all of them in a checkpoint
	Cause error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("%d steps are kept in %s; run the same command again to go on", e.Steps, e.Out)
}

func (e *InterruptedError) Unwrap() error { return e.Cause }

// Result is a finished training.
type Result struct {
	Out          string
	Weights      string // file of the best net
	Net          string
	Best         EpochInfo
	Last         EpochInfo
	Train, Val   int
	HeldOut      bool // validation images were held out of the data set by the seed
	Steps        int
	AlreadyThere bool // nothing was left to do
}

// runner is a training at work.
type runner struct {
	j       Job
	ev      Events
	set     *datasets.Set
	split   *split
	log     *os.File
	p       place
	stage   Stage
	c       vgg.Config
	net     *train.Net
	sched   Schedule
	loader  *loader
	pre     vgg.Preprocess
	meta    map[string]string
	saved   time.Time
	best    EpochInfo
	last    EpochInfo
	anyDone bool
}

// Run trains, or goes on training in a folder of the same job.
func Run(ctx context.Context, j Job, ev Events) (*Result, error) {
	j, err := j.complete()
	if err != nil {
		return nil, err
	}
	r := &runner{j: j, ev: ev, saved: time.Now()}
	if r.set, err = datasets.Open(j.DataSet, j.Choice); err != nil {
		return nil, err
	}
	if r.split, err = newSplit(r.set, j.HeldOut, j.Seed); err != nil {
		return nil, err
	}
	for _, n := range append(r.set.Notes, r.split.notes...) {
		r.note(n)
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	defer r.log.Close()
	if err := r.stages(ctx); err != nil {
		return nil, err
	}
	return &Result{
		Out: j.Out, Weights: filepath.Join(j.Out, weightsName), Net: r.c.Name, Best: r.best, Last: r.last,
		Train: len(r.split.train), Val: len(r.split.val), HeldOut: r.split.held, Steps: r.p.Total, AlreadyThere: !r.anyDone,
	}, nil
}

func (r *runner) note(s string) {
	if r.ev.Note != nil {
		r.ev.Note(s)
	}
}

// open makes the folder, or makes sure that it is that of the same job.
func (r *runner) open() error {
	if err := os.MkdirAll(filepath.Join(r.j.Out, checkpointDir), 0o755); err != nil {
		return fmt.Errorf("making the run's folder: %w", err)
	}
	if err := r.agree(); err != nil {
		return err
	}
	p, path, found, err := lastPlace(r.j.Out)
	if err != nil {
		return err
	}
	r.p = p
	if found {
		r.note(fmt.Sprintf("going on from %s", path))
	} else {
		r.p.Schedule = progress{Best: noError}
	}
	if r.log, err = trainlog.Open(filepath.Join(r.j.Out, trainlog.Name), r.p.Total); err != nil {
		return err
	}
	return r.remember()
}

// identity is what must be the same for a run to go on, as JSON.
func (r *runner) identity() ([]byte, error) {
	j := r.j
	return json.MarshalIndent(map[string]any{
		"images": r.split.digest(r.set), "train": len(r.split.train), "val": len(r.split.val), "classes": len(r.split.classes), "stages": j.Stages, "batch": j.Batch, "part": j.Part,
		"dropout": j.Dropout, "momentum": j.Momentum, "decay": j.Decay, "init": j.Init.String(), "seed": j.Seed, "freeze": j.Freeze,
		"from": filepath.Base(j.From), "standard": j.Standard, "flip": !j.NoFlip, "colour": !j.NoColour,
	}, "", "  ")
}

const runName = "run.json"

// agree writes run.json, or compares it.
func (r *runner) agree() error {
	now, err := r.identity()
	if err != nil {
		return err
	}
	path := filepath.Join(r.j.Out, runName)
	before, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		names, err := checkpoints(r.j.Out)
		if err == nil && len(names) > 0 {
			err = fmt.Errorf("%s holds checkpoints but no %s: choose another folder", r.j.Out, runName)
		}
		if err != nil {
			return err
		}
		return outputs.NewFile(path, append(now, '\n'), true)
	}
	if err != nil {
		return err
	}
	if bytes.Equal(bytes.TrimSpace(before), now) {
		return nil
	}
	return fmt.Errorf("%s holds a training with other settings:\n%schoose another folder, or the old settings", r.j.Out, differences(before, now))
}

// differences lists the lines that differ.
func differences(before, now []byte) string {
	var s strings.Builder
	a, b := strings.Split(strings.TrimSpace(string(before)), "\n"), strings.Split(string(now), "\n")
	for i := range max(len(a), len(b)) {
		x, y := "nothing", "nothing"
		if i < len(a) {
			x = strings.TrimSuffix(strings.TrimSpace(a[i]), ",")
		}
		if i < len(b) {
			y = strings.TrimSuffix(strings.TrimSpace(b[i]), ",")
		}
		if x != y {
			fmt.Fprintf(&s, "  run has %s, now %s\n", x, y)
		}
	}
	return s.String()
}

// stages runs what is left of all stages.
func (r *runner) stages(ctx context.Context) error {
	for r.p.Stage < len(r.j.Stages) {
		if err := r.startStage(ctx); err != nil {
			return r.stopped(err)
		}
		if err := r.epochs(ctx); err != nil {
			return r.stopped(err)
		}
		r.p = place{Stage: r.p.Stage + 1, Total: r.p.Total, Colours: r.p.Colours, Schedule: progress{Best: noError}}
		if err := r.checkpoint(); err != nil {
			return err
		}
	}
	if r.c.Name == "" { // all was done before
		c, err := vgg.Lookup(r.j.Stages[len(r.j.Stages)-1].Net)
		if err != nil {
			return err
		}
		r.c = c
	}
	return nil
}

// stopped keeps what was done when the context ends.
func (r *runner) stopped(err error) error {
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if r.net != nil && r.anyDone {
		if err := r.checkpoint(); err != nil {
			return err
		}
	}
	return &InterruptedError{r.j.Out, r.p.Total, err}
}

// startStage makes the net, its loader and schedule, as the place says.
func (r *runner) startStage(ctx context.Context) (err error) {
	r.stage = r.j.Stages[r.p.Stage]
	if r.c, err = vgg.Lookup(r.stage.Net); err != nil {
		return err
	}
	r.c.Classes = len(r.split.classes)
	if r.sched, err = ParseSchedule(r.stage.Schedule, r.stage.Epochs); err != nil {
		return err
	}
	r.loader = newLoader(r.set, r.stage, r.j.Decode, max(0, r.j.Cache))
	if r.p.Colours.Std[0] == 0 {
		if r.p.Colours, err = measure(ctx, r.loader, r.split.train); err != nil {
			return err
		}
	}
	r.pre = r.p.Colours.preprocess(r.j.Standard)
	if r.meta, err = metadata(r.c, r.pre, r.split.classes, "trained by fc7 on "+r.set.Kind); err != nil {
		return err
	}
	previous := r.net
	r.net, err = train.New(r.c, train.Options{
		Batch: r.j.Part, Dropout: r.j.Dropout, Rate: r.stage.Rate, Momentum: r.j.Momentum, Decay: r.j.Decay,
		Freeze: r.j.Freeze, Init: r.j.Init, Seed: r.j.Seed + uint64(r.p.Stage), Threads: r.j.Threads,
	})
	if err != nil {
		return err
	}
	return r.initial(previous)
}

// initial sets the parameters: those of the checkpoint, or those that the stage starts from.
func (r *runner) initial(previous *train.Net) error {
	names, err := checkpoints(r.j.Out)
	if err != nil {
		return err
	}
	inside := r.p.Epoch > 0 || r.p.At > 0
	switch {
	case inside || len(names) > 0 && previous == nil:
		path := filepath.Join(r.j.Out, checkpointDir, names[len(names)-1])
		params, err := readTensors(path, "")
		if err != nil {
			return err
		}
		if !inside { // the checkpoint is that of the end of the stage before
			return r.inherit(params)
		}
		momenta, err := readTensors(path, momentumPrefix)
		if err != nil {
			return err
		}
		if err := r.net.SetParams(params); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return r.net.SetState(train.State{Steps: r.p.Steps, Momenta: momenta})
	case previous != nil:
		return r.inherit(previous.Params())
	case r.j.From != "":
		params, err := readTensors(r.j.From, "")
		if err != nil {
			return err
		}
		return r.inherit(params)
	}
	return nil
}

// inherit takes the parameters that fit by name of layer and shape: all of them from the same net, and otherwise the first
// convolutions and the fully connected layers, which is what the paper's deeper nets start from (section 3.1).
func (r *runner) inherit(from []train.Tensor) error {
	taken, err := inherited(r.c, r.net.Params(), from)
	if err != nil {
		return err
	}
	names := make([]string, len(taken))
	for i, t := range taken {
		names[i] = t.Name
	}
	r.note(fmt.Sprintf("stage %d starts from %d of %d tensors: %s", r.p.Stage+1, len(taken), len(r.net.Params()), list(names)))
	return r.net.SetParams(taken)
}

func list(names []string) string {
	if len(names) > 6 {
		return strings.Join(names[:3], ", ") + ", …, " + strings.Join(names[len(names)-2:], ", ")
	}
	return strings.Join(names, ", ")
}

// epochs runs what is left of the stage.
func (r *runner) epochs(ctx context.Context) error {
	for r.p.Epoch < r.stage.Epochs {
		began := time.Now()
		m := newMeter()
		if err := r.epoch(ctx, m); err != nil {
			return err
		}
		e, err := r.validate(ctx)
		if err != nil {
			return err
		}
		e.Speed, e.Waiting, e.Seconds = m.speed(), m.share(), time.Since(began).Seconds()
		better, goOn := r.sched.after(&r.p.Schedule, e.Top1)
		e.Best = better
		if better {
			r.best = e
			if err := writeWeights(r.j.Out, r.net, r.meta); err != nil {
				return err
			}
		}
		r.last = e
		if err := r.tellEpoch(e); err != nil {
			return err
		}
		r.p.Epoch, r.p.At, r.p.Sums = r.p.Epoch+1, 0, sums{}
		if !goOn {
			r.note(fmt.Sprintf("the validation error has stopped falling: stage %d ends after %d epochs", r.p.Stage+1, r.p.Epoch))
			r.p.Epoch = r.stage.Epochs
		}
		if err := r.checkpoint(); err != nil {
			return err
		}
	}
	return nil
}

// epoch trains on the rest of an epoch.
func (r *runner) epoch(ctx context.Context, m *meter) error {
	a := augment{r.p.Colours, !r.j.NoFlip, !r.j.NoColour, r.pre}
	rd := r.reader(func(dst []float32, item int) error {
		return r.loader.sample(dst, item, a, random(r.j.Seed, r.p.Stage, r.p.Epoch, item))
	})
	items := order(r.split.train, r.j.Seed, r.p.Stage, r.p.Epoch)
	return rd.each(ctx, items, r.p.At, r.j.Batch, func(b batch, waited time.Duration) error {
		return r.step(b, waited, len(items), m)
	})
}

func (r *runner) reader(sample func(dst []float32, item int) error) *reader {
	workers := r.j.Decoders
	if workers < 1 {
		workers = max(2, runtime.GOMAXPROCS(0))
	}
	return &reader{l: r.loader, s: r.split, workers: workers, make: sample}
}

// step trains on one batch.
func (r *runner) step(b batch, waited time.Duration, total int, m *meter) error {
	began := time.Now()
	for _, f := range b.failed {
		r.note(fmt.Sprintf("left out of epoch %d: %v", r.p.Epoch+1, f.err))
		r.p.Sums.Failed++
	}
	rate := r.stage.Rate * r.sched.rate(float64(r.p.Epoch)+float64(b.at)/float64(total), r.p.Schedule)
	r.p.Sums.Rate = rate
	loss := math.NaN()
	if len(b.items) > 0 {
		if err := r.net.SetRate(math.Max(rate, 1e-12)); err != nil {
			return err
		}
		var err error
		if loss, err = r.net.Step(b.x, b.y); err != nil {
			return fmt.Errorf("stage %d, epoch %d: %w", r.p.Stage+1, r.p.Epoch+1, err)
		}
		r.p.Total++
		r.p.Sums.Images += len(b.items)
		r.p.Sums.Loss += loss * float64(len(b.items))
	}
	r.anyDone = true
	r.p.At = b.at + len(b.items) + len(b.failed)
	m.images += len(b.items)
	m.waiting += waited
	took := time.Since(began) + waited
	if err := r.tellStep(StepInfo{
		Stage: r.p.Stage + 1, Stages: len(r.j.Stages), Epoch: r.p.Epoch + 1, Epochs: r.stage.Epochs, Images: r.p.At, Total: total,
		Step: r.p.Total, Loss: loss, Rate: rate, Speed: float64(len(b.items)) / took.Seconds(), Waiting: waited.Seconds() / took.Seconds(),
	}); err != nil {
		return err
	}
	if time.Since(r.saved) > r.j.Every {
		return r.checkpoint()
	}
	return nil
}

// validate measures loss and errors on the validation images' centres.
func (r *runner) validate(ctx context.Context) (EpochInfo, error) {
	e := EpochInfo{
		Stage: r.p.Stage + 1, Stages: len(r.j.Stages), Epoch: r.p.Epoch + 1, Epochs: r.stage.Epochs, Net: r.c.Name, Step: r.p.Total,
		Loss: r.p.Sums.Loss / math.Max(1, float64(r.p.Sums.Images)), Rate: r.p.Sums.Rate, Failed: r.p.Sums.Failed,
	}
	rd := r.reader(func(dst []float32, item int) error { return r.loader.centre(dst, item, r.pre) })
	err := rd.each(ctx, r.split.val, 0, r.j.Part, func(b batch, _ time.Duration) error {
		e.Failed += len(b.failed)
		if len(b.items) == 0 {
			return nil
		}
		scores, err := r.net.Forward(b.x)
		if err != nil {
			return err
		}
		judge(&e, scores, b.y, r.net.Classes())
		return nil
	})
	if err != nil {
		return e, err
	}
	if e.Validated == 0 {
		return e, errors.New("no validation image could be read")
	}
	n := float64(e.Validated)
	e.ValLoss, e.Top1, e.Top5 = e.ValLoss/n, e.Top1/n, e.Top5/n
	return e, nil
}

// judge adds the loss and errors of a batch. A class of equal score comes before the right one.
func judge(e *EpochInfo, scores []float32, y []int, k int) {
	for i, class := range y {
		s := scores[i*k : (i+1)*k]
		above, sum := 0, 0.0
		for c, v := range s {
			sum += math.Exp(float64(v) - float64(s[class]))
			if c != class && v >= s[class] {
				above++
			}
		}
		e.ValLoss += math.Log(sum)
		if above > 0 {
			e.Top1++
		}
		if above > 4 {
			e.Top5++
		}
		e.Validated++
	}
}

func (r *runner) checkpoint() error {
	r.saved = time.Now()
	return writeCheckpoint(r.j.Out, r.net, r.p, r.meta, r.j.Keep)
}
