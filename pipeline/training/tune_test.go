package training

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// randomNet writes weights of a narrow net that nobody has trained.
func randomNet(t *testing.T, name string) string {
	t.Helper()
	c, err := vgg.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := vgg.Init(t.Context(), path, c, 3, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}

func tuneJob(t *testing.T, data, net string) TuneJob {
	j := DefaultTune()
	j.DataSet, j.Batch, j.Part, j.Seed, j.HeldOut, j.Threads, j.Out = data, 6, 4, 5, 0.3, 2, filepath.Join(t.TempDir(), "run")
	j.Weights, j.Freeze, j.Views, j.SMin, j.SMax, j.Epochs, j.Rate = net, []string{"conv"}, 2, 230, 250, 2, 0.01
	return j
}

// tune runs a job and returns the losses of its steps and its epochs, without what the clock says.
func tune(t *testing.T, ctx context.Context, r *runner) ([]float64, []trainlog.Epoch, error) {
	t.Helper()
	var losses []float64
	on := r.ev.Step
	r.ev.Step = func(s trainlog.Step) {
		losses = append(losses, s.Loss)
		if on != nil {
			on(s)
		}
	}
	_, err := r.run(ctx)
	epochs, err2 := trainlog.Epochs(r.j.Out)
	if err2 != nil {
		t.Fatal(err2)
	}
	for i := range epochs {
		epochs[i].Speed, epochs[i].Waiting, epochs[i].Seconds = 0, 0, 0
	}
	return losses, epochs, err
}

func tuner(t *testing.T, j TuneJob, ev Events) *runner {
	t.Helper()
	r, err := newTuner(t.Context(), j, ev)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tuneBoth tunes as jobs say, on cached maps and then on images with the same layers frozen.
func tuneBoth(t *testing.T, job func() TuneJob) (losses [2][]float64, epochs [2][]trainlog.Epoch) {
	t.Helper()
	for i := range 2 {
		r := tuner(t, job(), Events{})
		if i == 1 {
			r.j.Stages[0].Cached = ""
		}
		var err error
		if losses[i], epochs[i], err = tune(t, t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return losses, epochs
}

// Training on cached maps is training on the images with the same layers frozen: the losses, validation and weights
// agree, whichever layer is the last frozen one, with dropout, shifts of colour and batch normalisation.
func TestCachedEqualsImages(t *testing.T) {
	data, net := drawn(t, 20), randomNet(t, "vgg11_bn/32:fc16")
	for _, freeze := range [][]string{{"conv"}, {"fc6"}, {"conv[1-4]*"}, nil} {
		losses, epochs := tuneBoth(t, func() TuneJob {
			j := tuneJob(t, data, net)
			j.Freeze = freeze
			if freeze == nil {
				j.Dropout = 0 // what is computed once has no dropout inside, as after fc6 here
			}
			return j
		})
		if len(losses[0]) < 4 {
			t.Fatalf("%q: %d steps", freeze, len(losses[0]))
		}
		for i, got := range losses[0] {
			if want := losses[1][i]; math.Abs(got-want) > 1e-5*want {
				t.Errorf("%q: loss of step %d is %v, on images %v", freeze, i, got, want)
			}
		}
		for i, got := range epochs[0] {
			if want := epochs[1][i]; math.Abs(got.ValLoss-want.ValLoss) > 1e-5*want.ValLoss || got.Top1 != want.Top1 {
				t.Errorf("%q: epoch %+v, on images %+v", freeze, got, want)
			}
		}
	}
}

// Stopped anywhere, in the computing of views or in either phase, fine-tuning goes on with the very same losses and
// ends with the same bytes, with another number of threads too.
func TestTuneResume(t *testing.T) {
	data, net := drawn(t, 20), randomNet(t, "vgg11_bn/32:fc16")
	j := tuneJob(t, data, net)
	j.Unfreeze, j.UnfreezeEpochs = []string{"conv5_*"}, 2
	want, epochs, err := tune(t, t.Context(), tuner(t, j, Events{}))
	if err != nil || len(epochs) != 4 {
		t.Fatal(len(epochs), err)
	}
	whole := j.Out
	j.Out, j.Threads = filepath.Join(t.TempDir(), "run"), 1
	var got []float64
	stops := 0
	for ; ; stops++ {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		r := tuner(t, j, Events{Step: func(trainlog.Step) {
			if n++; n == 3 {
				cancel()
			}
		}, Views: func(v ViewsInfo) {
			if stops < 2 {
				cancel()
			}
		}})
		losses, again, err := tune(t, ctx, r)
		cancel()
		got = append(got, losses...)
		if err == nil {
			if !slices.Equal(again, epochs) {
				t.Errorf("epochs %+v, expected %+v", again, epochs)
			}
			break
		}
		var i *InterruptedError
		if !errors.As(err, &i) || i.Steps != len(got) || stops < 2 && (i.Views < 1 || !strings.Contains(i.Error(), "views")) {
			t.Fatalf("%v after %d steps", err, len(got))
		}
		if stops > 20 {
			t.Fatal("no end")
		}
	}
	if stops < 4 || !slices.Equal(got, want) {
		t.Errorf("stopped %d times, losses %v, expected %v", stops, got, want)
	}
	for _, name := range []string{weightsName, "views/rows.f32"} {
		a, err1 := os.ReadFile(filepath.Join(whole, name))
		b, err2 := os.ReadFile(filepath.Join(j.Out, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v %v", name, err1, err2)
		}
	}
	if r, err := FineTune(t.Context(), j, Events{}); err != nil || !r.AlreadyThere || r.Best.Net == "" {
		t.Errorf("run again: %+v %v", r, err)
	}
}

// TestCachedByTeams: teams of threads, each with views of its own, give the cache that one gives, in its order, with
// the image that cannot be read in its place.
func TestCachedByTeams(t *testing.T) {
	data, net := drawn(t, 60), randomNet(t, "vgg11/64:fc8")
	damaged, err := filepath.Glob(filepath.Join(strings.TrimPrefix(data, "caltech101:"), "*", "*", "*.jpg"))
	if err != nil || len(damaged) == 0 {
		t.Fatal(damaged, err)
	}
	if err := os.WriteFile(damaged[len(damaged)-1], []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	var want []byte
	for _, teams := range []int{1, 3} {
		j := tuneJob(t, data, net)
		j.Threads = 3
		r := tuner(t, j, Events{})
		defer r.method.close()
		r.method.(*tuning).teams = teams
		var told []int
		r.ev.Views = func(v ViewsInfo) { told = append(told, v.Done) }
		if err := r.enter(r.j.Stages[0]); err != nil {
			t.Fatal(err)
		}
		if err := r.method.inputs(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		rows, err := os.ReadFile(filepath.Join(j.Out, "views", "rows.f32"))
		if err != nil || len(rows) == 0 {
			t.Fatalf("%d bytes, %v", len(rows), err)
		}
		if want == nil {
			want = rows
		}
		if !bytes.Equal(rows, want) {
			t.Errorf("%d teams: other rows", teams)
		}
		if len(told) < 4 || !slices.IsSorted(told) || r.feed.failed != 1 {
			t.Errorf("%d teams: progress %v, %d failed", teams, told, r.feed.failed)
		}
	}
}

// The views of an image differ, and depend on the seed.
func TestViewsDiffer(t *testing.T) {
	data, net := drawn(t, 12), randomNet(t, "vgg11/64:fc8")
	r := tuner(t, tuneJob(t, data, net), Events{})
	defer r.method.close()
	v := &viewer{r: r, t: r.method.(*tuning)}
	r.stage = r.j.Stages[0]
	r.loader = newLoader(r.set, r.stage, r.validationSide(), r.j.reading(), 0)
	var err error
	if r.p.Colours, err = measure(t.Context(), r.loader, r.split.train); err != nil {
		t.Fatal(err)
	}
	item := r.split.train[0]
	view := func(n int) []byte {
		p := make([]byte, inputSize)
		if err := v.view(t.Context(), p, item, n); err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := view(0)
	if !bytes.Equal(first, view(0)) || bytes.Equal(first, view(1)) || bytes.Equal(view(1), view(2)) {
		t.Error("views do not differ, or one differs from itself")
	}
	r.j.Seed++
	if bytes.Equal(first, view(0)) {
		t.Error("the seed changes nothing")
	}
	v.t.job.Views = 0
	middle := make([]byte, inputSize)
	if err := v.middleView(t.Context(), middle, item); err != nil || !bytes.Equal(view(0), middle) || !bytes.Equal(view(1), middle) {
		t.Errorf("without views: not the middle, %v", err)
	}
}

// The result is a net like any other: it loads, names its classes, and its frozen layers give what those of the file
// gave, also where the file's layout and channels are other ones; phase two changes the layers that it unfroze, and no
// others.
func TestTuneResult(t *testing.T) {
	data, net := drawn(t, 20), "../../vgg/testdata/source_dict.npy"
	j := tuneJob(t, data, net)
	j.New, j.Width = "fc6", new(12)
	j.Unfreeze, j.UnfreezeEpochs, j.UnfreezeRate = []string{"conv5_[23]"}, 1, new(0.05)
	j.HeldOut = 0 // the result is then the net of the last epoch
	r, err := FineTune(t.Context(), j, Events{})
	if err != nil {
		t.Fatal(err)
	}
	before, after := load(t, net), load(t, filepath.Join(j.Out, weightsName))
	if after.Config.Name != "vgg16/32:fc12" || after.Config.Classes < 2 || r.Net != after.Config.Name || after.Preprocess.Order != "RGB" {
		t.Errorf("%+v %v", after.Config, after.Preprocess)
	}
	pixels := make([]byte, inputSize)
	for i := range pixels {
		pixels[i] = byte(i * 7)
	}
	for _, layer := range []string{"conv5_1", "conv5_3"} {
		x, y := mapsOf(t, before, pixels, layer), mapsOf(t, after, pixels, layer)
		differ := 0.0
		for i := range x {
			differ = math.Max(differ, math.Abs(float64(x[i]-y[i])))
		}
		if layer == "conv5_1" && differ != 0 || layer == "conv5_3" && differ == 0 {
			t.Errorf("%s: the maps differ by %v", layer, differ)
		}
	}
}

func load(t *testing.T, path string) *vgg.Model {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := vgg.Load(t.Context(), f, vgg.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if names, err := vgg.ClassesOf(f, m.Config); err != nil || filepath.Ext(path) == ".safetensors" && len(names) == 0 {
		t.Errorf("%s: classes %q, %v", path, names, err)
	}
	return m
}

func mapsOf(t *testing.T, m *vgg.Model, pixels []byte, layer string) []float32 {
	t.Helper()
	r := vgg.NewRunner(m, 1)
	defer r.Close()
	out, err := r.Forward(t.Context(), crop, crop, [][]byte{pixels}, []string{layer})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(out[0].Data)
}

// Several labels: cells of difficult objects alone do not count, the measure is mean AP, and an image that cannot be
// read is told, counted and left out.
func TestTuneLabels(t *testing.T) {
	dir := t.TempDir()
	sum, err := synth.Generate(t.Context(), dir, synth.Options{Layout: synth.LayoutVOC2007, Images: 24, Seed: 4, Size: 150})
	if err != nil {
		t.Fatal(err)
	}
	set, err := datasets.Open(t.Context(), sum.Spec, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(set.Items, func(it datasets.Item) bool { return slices.Contains(it.Splits(), datasets.SplitTrain) })
	bad := set.Items[at]
	if err := os.WriteFile(bad.At.Path, []byte("not an image"), 0o644); err != nil {
		t.Fatal(err)
	}
	j := tuneJob(t, sum.Spec, randomNet(t, "vgg11/64:fc8"))
	j.Freeze = nil
	var notes []string
	r, err := FineTune(t.Context(), j, Events{Note: func(s string) { notes = append(notes, s) }})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(notes, "\n")
	if !r.Best.MultiLabel || !(r.Best.MeanAP > 0 && r.Best.MeanAP <= 1) || len(r.Failed) != 1 || r.Best.Top1 != 0 {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(told, bad.ID) || strings.Count(told, bad.ID+": ") != 1 || !strings.Contains(told, "sigmoid") {
		t.Errorf("notes %s", told)
	}
	// The first loss is that of zero scores: ln 2 for each cell that counts.
	s, err := newLabelSplit(set, 0.3, 5)
	if err != nil {
		t.Fatal(err)
	}
	ignored := 0
	for i, it := range set.Items {
		for _, c := range it.Ignored() {
			ignored++
			if k := slices.Index(set.Classes, c); s.labels[i][k] != 0 {
				t.Errorf("%s: %s counts", it.ID, c)
			}
		}
		for _, c := range it.Labels() {
			if k := slices.Index(set.Classes, c); s.labels[i][k] != 1 {
				t.Errorf("%s: %s is not positive", it.ID, c)
			}
		}
	}
	if ignored == 0 {
		t.Error("no label is ignored in the drawn set")
	}
}

// The back may be frozen and the front trained, from weights of either preprocessing.
func TestTuneFront(t *testing.T) {
	net := randomNet(t, "vgg11_bn/32:fc16")
	before, err := readTensors(net, "")
	if err != nil {
		t.Fatal(err)
	}
	j := tuneJob(t, drawn(t, 20), net)
	j.Freeze, j.Epochs = []string{"fc[67]"}, 1
	var notes []string
	r, err := FineTune(t.Context(), j, Events{Note: func(s string) { notes = append(notes, s) }, Views: func(ViewsInfo) { t.Error("views were cached") }})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(notes, func(s string) bool { return strings.Contains(s, "conv1_1 is trained") }) {
		t.Errorf("notes %q", notes)
	}
	after, err := readTensors(r.Weights, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, was := range before {
		now, ok := find(after, was.Name)
		frozen := strings.HasPrefix(was.Name, "classifier.0.") || strings.HasPrefix(was.Name, "classifier.3.")
		if same := ok && slices.Equal(was.Data, now.Data); same != frozen && strings.HasSuffix(was.Name, "weight") {
			t.Errorf("%s: the same after training %v, frozen %v", was.Name, same, frozen)
		}
	}
}
