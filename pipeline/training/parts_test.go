package training

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/training/trainlog"
	"fc7/vgg"
)

func TestSchedules(t *testing.T) {
	at := func(text string, epoch float64, p progress) float64 {
		s, err := parseSchedule(text, 10)
		if err != nil {
			t.Fatal(err)
		}
		return s.rate(epoch, p)
	}
	for _, c := range []struct {
		text  string
		epoch float64
		falls int
		want  float64
	}{
		{"constant", 7, 2, 1},
		{"cosine", 0, 0, 1},
		{"cosine", 5, 0, 0.5},
		{"cosine", 10, 0, 0},
		{"cosine", 11, 0, 0},
		{"steps:2,4", 1.9, 0, 1},
		{"steps:2,4", 2, 0, 0.1},
		{"steps:2,4", 3.9, 0, 0.1},
		{"steps:2,4", 9, 0, 0.01},
		{"plateau", 3, 2, 0.01},
	} {
		if got := at(c.text, c.epoch, progress{Falls: c.falls}); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s at epoch %v after %d falls: %v, expected %v", c.text, c.epoch, c.falls, got, c.want)
		}
	}
}

// The rate falls three times, each after as many epochs without a lower error or loss as the schedule says, counted
// from where the net began to learn; then training ends.
func TestPlateau(t *testing.T) {
	s, err := parseSchedule("plateau:2", 100)
	if err != nil {
		t.Fatal(err)
	}
	const flat = 2.3
	p := progress{Best: noError}
	for i, e := range []struct {
		failure, loss float64
		learns        bool
		since, falls  int
		goesOn        bool
	}{
		{0.9, flat, false, 0, 0, true},
		{0.9, flat, false, 0, 0, true}, // at chance no epoch counts
		{0.9, flat, false, 0, 0, true},
		{0.9, flat, true, 1, 0, true},
		{0.8, flat, true, 0, 0, true},
		{0.8, flat, true, 1, 0, true},
		{0.8, 2, true, 0, 0, true}, // the loss alone fell
		{0.7, 3, true, 0, 0, true}, // the error alone
		{0.75, 2.1, true, 1, 0, true},
		{0.7, 2, false, 0, 1, true}, // back to chance: it counts all the same
		{0.7, 2, true, 1, 1, true},
		{0.7, 2, true, 0, 2, true},
		{0.7, 2, true, 1, 2, true},
		{0.7, 2, true, 0, 3, true},
		{0.7, 2, true, 1, 3, true},
		{0.7, 2, true, 0, 4, false},
	} {
		if goOn := s.after(&p, mark{e.failure, e.loss}, e.learns); goOn != e.goesOn || p.Since != e.since || p.Falls != e.falls {
			t.Errorf("epoch %d: goes on %v, %+v, expected %+v", i, goOn, p, e)
		}
	}
}

// The best net is that of the lowest error, and of equal errors that of the lowest loss.
func TestMark(t *testing.T) {
	m := mark{0.3, 1.5}
	for other, want := range map[mark]bool{{0.3, 1.5}: false, {0.3, 1.6}: true, {0.3, 1.4}: false, {0.4, 1}: true, {0.2, 9}: false} {
		if got := m.beats(&other); got != want {
			t.Errorf("beats %v: %v", other, got)
		}
	}
	if !m.beats(nil) {
		t.Error("does not beat nothing")
	}
}

func TestSplit(t *testing.T) {
	set := &datasets.Set{Classes: []string{"a", "b"}}
	for i := range 20 {
		it := datasets.NewItem(string(rune('A'+i)), set.Classes[i%2])
		set.Items = append(set.Items, it)
	}
	set.Items = append(set.Items, datasets.NewItem("both", "a", "b"), datasets.Item{ID: "none"})
	s, err := newSplit(set, 0.3, 1)
	if err != nil || len(s.train) != 14 || len(s.val) != 6 || !s.held || len(s.notes) != 2 || !strings.Contains(s.notes[1], "--loss sigmoid") {
		t.Fatalf("%+v %v", s, err)
	}
	for _, i := range s.val {
		if slices.Contains(s.train, i) {
			t.Errorf("item %d is trained and validated on", i)
		}
	}
	again, _ := newSplit(set, 0.3, 1)
	other, _ := newSplit(set, 0.3, 2)
	if !slices.Equal(again.val, s.val) || slices.Equal(other.val, s.val) {
		t.Error("the seed does not decide")
	}
	for i := range set.Items {
		set.Items[i].SetSplits([]string{"train", "val", "test"}[i%3])
	}
	s, err = newSplit(set, 0.3, 1)
	if err != nil || s.held || len(s.train) != 7 || len(s.val) != 7 {
		t.Errorf("official: %+v %v", s, err)
	}
	set.Items = set.Items[:1]
	if _, err := newSplit(set, 0.3, 1); err == nil {
		t.Error("one image was split")
	}
}

// The share that is held out of a class is rounded to the nearest number of images; one at least is held out and one
// stays.
func TestHeldOutShare(t *testing.T) {
	for _, c := range []struct {
		images int
		share  float64
		val    int
	}{
		{10, 0.24, 2}, {10, 0.25, 3}, {10, 0.34, 3}, {10, 0.36, 4}, {10, 0.01, 1}, {10, 0.99, 9}, {2, 0.9, 1}, {1, 0.9, 0},
	} {
		set := &datasets.Set{Classes: []string{"a", "b"}}
		for i := range c.images + 10 {
			set.Items = append(set.Items, datasets.NewItem("", set.Classes[min(1, i/c.images)]))
		}
		s, err := newSplit(set, c.share, 1)
		if err != nil {
			t.Fatal(err)
		}
		val := 0
		for _, i := range s.val {
			if s.class[i] == 0 {
				val++
			}
		}
		if val != c.val || len(s.train)+len(s.val) != len(set.Items) {
			t.Errorf("%v of %d images: %d are held out, want %d", c.share, c.images, val, c.val)
		}
	}
}

// What is random differs with the seed, the stage, the epoch and the image, and with nothing else.
func TestRandom(t *testing.T) {
	items := make([]int, 50)
	for i := range items {
		items[i] = i
	}
	orders := [][]int{order(items, 5, 0, 0), order(items, 6, 0, 0), order(items, 5, 1, 0), order(items, 5, 0, 1)}
	for i, o := range orders {
		for _, other := range orders[:i] {
			if slices.Equal(o, other) {
				t.Errorf("order %d is another's", i)
			}
		}
		if sorted := slices.Sorted(slices.Values(o)); !slices.Equal(sorted, items) {
			t.Errorf("order %d: %v", i, o)
		}
	}
	drawn := map[uint64]bool{}
	for _, c := range [][4]int{{5, 0, 0, 0}, {6, 0, 0, 0}, {5, 1, 0, 0}, {5, 0, 1, 0}, {5, 0, 0, 1}} {
		drawn[random(uint64(c[0]), c[1], c[2], c[3]).Uint64()] = true
	}
	if len(drawn) != 5 || !drawn[random(5, 0, 1, 0).Uint64()] {
		t.Errorf("%d different numbers of 5", len(drawn))
	}
}

// Each stage has dropout and initial weights of its own.
func TestStageSeed(t *testing.T) {
	for name, m := range map[string]method{"scratch": &scratch{}, "tuning": &tuning{}} {
		seeds := map[uint64]bool{}
		for stage := range 3 {
			r := &runner{j: Job{Seed: 5}, split: &split{}, method: m, p: place{Stage: stage}}
			seeds[r.options().Seed] = true
		}
		if len(seeds) != 3 {
			t.Errorf("%s: three stages have %d seeds", name, len(seeds))
		}
	}
}

// A crop is the pixels it says, mirrored or not, shifted and normalised.
func TestFill(t *testing.T) {
	im := &picture.Image{W: 230, H: 226, Pix: make([]byte, 3*230*226)}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range im.Pix {
		im.Pix[i] = byte(r.IntN(256))
	}
	pre := vgg.Preprocess{Scale: 1, Mean: [3]float32{10, 20, 30}, Std: [3]float32{2, 4, 8}}
	shift := [3]float64{1.5, 0, -2}
	dst := make([]float32, 3*crop*crop)
	for _, flip := range []bool{false, true} {
		fill(dst, window{im, 5, 2, flip, shift}, pre)
		for _, p := range [][2]int{{0, 0}, {223, 0}, {100, 223}, {7, 99}} {
			x := p[0]
			if flip {
				x = crop - 1 - x
			}
			for a := range 3 {
				want := (float64(im.Pix[3*((p[1]+2)*im.W+x+5)+a]) + shift[a] - float64(pre.Mean[a])) / float64(pre.Std[a])
				if got := dst[3*(p[1]*crop+p[0])+a]; math.Abs(float64(got)-want) > 1e-4 {
					t.Errorf("flip %v, pixel %v, channel %d: %v, expected %v", flip, p, a, got, want)
				}
			}
		}
	}
}

// The axes are those of the covariance: on colours c·d the first is along d, with the deviation of c.
func TestColours(t *testing.T) {
	im := &picture.Image{W: 256, H: 256, Pix: make([]byte, 3*256*256)}
	for i := 0; i < len(im.Pix); i += 3 {
		v := byte(i / 3 % 64)
		im.Pix[i], im.Pix[i+1], im.Pix[i+2] = v, 2*v, 50
	}
	set := &datasets.Set{Items: make([]datasets.Item, 1)}
	l := newLoader(set, Stage{SMin: 256, SMax: 256}, 256, conveyor.Options{}, 0)
	l.kept[0] = im
	c, err := measure(t.Context(), l, []int{0})
	if err != nil {
		t.Fatal(err)
	}
	sigma := math.Sqrt((64.*64 - 1) / 12)
	if math.Abs(c.Mean[1]-63) > 1e-9 || math.Abs(c.Std[0]-sigma) > 1e-9 || c.Mean[2] != 50 {
		t.Errorf("mean %v, deviation %v", c.Mean, c.Std)
	}
	axis := c.Axes[2]
	if math.Abs(math.Abs(axis[0])-sigma) > 1e-6 || math.Abs(axis[1]-2*axis[0]) > 1e-6 || math.Abs(axis[2]) > 1e-6 {
		t.Errorf("axes %v", c.Axes)
	}
	r := rand.New(rand.NewPCG(2, 2))
	var square float64
	for range 20000 {
		d := c.shift(r)
		square += d[0] * d[0] / 20000
	}
	if math.Abs(math.Sqrt(square)-0.1*sigma) > 0.005*sigma {
		t.Errorf("the shift has a deviation of %v, expected %v", math.Sqrt(square), 0.1*sigma)
	}
}

func TestJudge(t *testing.T) {
	j := newJudge(&split{classes: make([]string, 6), class: []int{5, 0, 5}})
	j.add([]float32{0, 2, 1, 3, 4, 5, 5, 5, 5, 5, 5, 5, 9, 0, 0, 0, 0, 1}, []int{0, 1, 2}, nil)
	var e trainlog.Epoch
	if err := j.write(&e); err != nil {
		t.Fatal(err)
	}
	// A net that gives all classes one score is wrong.
	if e.Top1 != 2./3 || e.Top5 != 1./3 || e.Validated != 3 || e.MeanRecall != 0.25 || e.Failure() != e.Top1 {
		t.Errorf("%+v", e)
	}
}

// The loss of scores that lie far apart is finite: a net that diverges for an epoch does not end the run.
func TestJudgeOverflow(t *testing.T) {
	for _, c := range []struct {
		scores []float32
		want   float64
	}{
		{[]float32{0, 0}, math.Ln2}, {[]float32{0, 3}, math.Log1p(math.Exp(3))}, {[]float32{0, 2000}, 2000}, {[]float32{-1e6, 1e6}, 2e6}, {[]float32{2000, 0}, 0},
	} {
		if got := crossEntropy(c.scores, 0); math.Abs(got-c.want) > 1e-12*math.Max(1, c.want) {
			t.Errorf("%v: %v, want %v", c.scores, got, c.want)
		}
	}
}

// Mean AP leaves out cells that do not count and classes without positives; so does the loss.
func TestJudgeLabels(t *testing.T) {
	j := newJudge(&split{classes: make([]string, 3), labels: [][]int8{{1, -1, -1}, {-1, 1, -1}, {0, 1, -1}}})
	j.add([]float32{1, 5, 0, 0, 4, 0, 9, 3, 0}, []int{0, 1, 2}, nil)
	var e trainlog.Epoch
	if err := j.write(&e); err != nil {
		t.Fatal(err)
	}
	ap := (1. + 2./3) / 2 // of the second class a negative comes first; the precision taken is the best from there on
	loss := (softplus(-1) + softplus(5) + softplus(0) + softplus(0) + softplus(-4) + softplus(0) + softplus(-3) + softplus(0)) / 3
	if math.Abs(e.MeanAP-ap) > 1e-12 || math.Abs(e.ValLoss-loss) > 1e-12 || !e.MultiLabel || math.Abs(e.Failure()-(1-ap)) > 1e-12 {
		t.Errorf("%+v, expected AP %v, loss %v", e, ap, loss)
	}
}

func TestPaperStages(t *testing.T) {
	s, err := PaperStages("vgg16/8:fc64", 20)
	if err != nil || len(s) != 4 || s[0].Net != "vgg11/8:fc64" || s[3].SMax != 512 || s[2].Rate != 1e-3 || s[2].Epochs != 5 {
		t.Errorf("%+v %v", s, err)
	}
	if s, _ := PaperStages("A", 74); len(s) != 3 || s[0].Epochs != 74 || s[2].Schedule != "plateau" {
		t.Errorf("%+v", s)
	}
}

// The rate rises along a line to that of the schedule, from the first step on, which is not at zero.
func TestWarm(t *testing.T) {
	for _, c := range []struct{ warmup, epochs, want float64 }{
		{0, 0.01, 1}, {2, 0.5, 0.25}, {2, 2, 1}, {2, 7, 1}, {0.5, 0.1, 0.2},
	} {
		if got := (Stage{Warmup: c.warmup}).warm(c.epochs); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("warm-up of %v epochs, after %v: %v, want %v", c.warmup, c.epochs, got, c.want)
		}
	}
	if err := stage("A", func(s *Stage) { s.Warmup = -1 }).check(); err == nil || !strings.Contains(err.Error(), "-1 epochs") {
		t.Errorf("a negative warm-up: %v", err)
	}
}
