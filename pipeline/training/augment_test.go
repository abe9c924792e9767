package training

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"fc7/datasets"
	"fc7/extract/picture"
	"fc7/pipeline/conveyor"
	"fc7/vgg"
)

// The tests of this file hold the distributions of section 3.1 against draws of the function that training calls, each
// with the generator that training gives it: that of a seed, a stage, an epoch and an image. All seeds are fixed, so a
// test says the same at each run. unlikely is the chance of a deviation at which one fails.
const unlikely = 1e-3

// speckled is a picture whose colours are correlated, as those of photographs are.
func speckled(w, h int) *picture.Image {
	im := &picture.Image{W: w, H: h, Pix: make([]byte, 3*w*h)}
	r := rand.New(rand.NewPCG(4, 4))
	for i := 0; i < len(im.Pix); i += 3 {
		light, warmth := 30*r.NormFloat64(), 12*r.NormFloat64()
		for a, v := range [3]float64{120 + light + warmth, 110 + light, 100 + light - warmth} {
			im.Pix[i+a] = byte(min(255, max(0, v+3*r.NormFloat64())))
		}
	}
	return im
}

// speckledLoader is a loader of one picture, as all the items of a set.
func speckledLoader(im *picture.Image, items, low, high int) *loader {
	l := newLoader(&datasets.Set{Items: make([]datasets.Item, items)}, Stage{SMin: low, SMax: high}, low, conveyor.Options{}, 0)
	for i := range items {
		l.kept[i] = im
	}
	return l
}

// drawnWindows are the windows of each item in each epoch.
func drawnWindows(t *testing.T, l *loader, a augment, epochs int) []window {
	t.Helper()
	var ws []window
	for epoch := range epochs {
		for item := range l.set.Items {
			w, err := l.draw(t.Context(), item, a, random(7, 1, epoch, item))
			if err != nil {
				t.Fatal(err)
			}
			ws = append(ws, w)
		}
	}
	return ws
}

// uniform fails where counts of equally likely cells are not.
func uniform(t *testing.T, what string, counts []int) {
	t.Helper()
	n := 0
	for _, c := range counts {
		n += c
	}
	expected, chi2 := float64(n)/float64(len(counts)), 0.0
	for _, c := range counts {
		chi2 += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	p := distuv.ChiSquared{K: float64(len(counts) - 1)}.Survival(chi2)
	t.Logf("%s: chi-square %.1f of %d cells, %d draws, p = %.3f", what, chi2, len(counts), n, p)
	if expected < 5 || p < unlikely {
		t.Errorf("%s: chi-square %.1f of %d cells, p = %.2g: %v", what, chi2, len(counts), p, counts)
	}
}

// S is uniform over the whole numbers from the smallest to the largest, both included.
func TestScalesUniform(t *testing.T) {
	for _, c := range []struct{ low, high, items, cells int }{
		{224, 234, 330, 11}, // a cell a value
		{256, 512, 500, 257},
	} {
		l := speckledLoader(speckled(8, 9), c.items, c.low, c.high)
		counts := make([]int, c.high-c.low+1)
		for _, w := range drawnWindows(t, l, augment{}, 3) {
			if s := min(w.im.W, w.im.H); s < c.low || s > c.high {
				t.Fatalf("S from %d to %d: %d", c.low, c.high, s)
			} else {
				counts[s-c.low]++
			}
		}
		uniform(t, "S", counts)
		if counts[0] == 0 || counts[len(counts)-1] == 0 {
			t.Errorf("S from %d to %d: the ends were drawn %d and %d times", c.low, c.high, counts[0], counts[len(counts)-1])
		}
	}
}

// The place of the crop is uniform over all places that lie inside the image, in both directions, each place as often
// mirrored as not: x, y and flip are independent.
func TestCropsUniform(t *testing.T) {
	im := speckled(crop+6, crop+2)
	l := speckledLoader(im, 1000, crop+2, crop+2)
	counts := make([]int, 7*3*2)
	for _, w := range drawnWindows(t, l, augment{flip: true}, 5) {
		if w.im != im || w.x < 0 || w.x > 6 || w.y < 0 || w.y > 2 {
			t.Fatalf("a crop at %d,%d of %dx%d", w.x, w.y, w.im.W, w.im.H)
		}
		cell := 2 * (7*w.y + w.x)
		if w.flip {
			cell++
		}
		counts[cell]++
	}
	uniform(t, "crop and flip", counts)
	for _, w := range drawnWindows(t, l, augment{}, 1) {
		if w.flip || w.shift != [3]float64{} {
			t.Fatalf("without flips and shifts: %v, %v", w.flip, w.shift)
		}
	}
}

// Of an image's shift of colour, the parts along the principal axes of the training pixels, divided by the deviations
// of the pixels along them, are independent and N(0, 0.1): so the covariance of shifts is a hundredth of that of the
// pixels.
func TestColourShifts(t *testing.T) {
	im := speckled(crop+6, crop+2)
	l := speckledLoader(im, 2000, crop+2, crop+2)
	c, err := measure(t.Context(), l, []int{0})
	if err != nil {
		t.Fatal(err)
	}
	var shifts, alphas [3][]float64
	ws := drawnWindows(t, l, augment{colours: c, colour: true}, 4)
	n := float64(len(ws))
	for _, w := range ws {
		for k, axis := range c.Axes {
			dot, square := 0.0, 0.0
			for a := range 3 {
				dot += axis[a] * w.shift[a]
				square += axis[a] * axis[a]
			}
			alphas[k], shifts[k] = append(alphas[k], dot/square), append(shifts[k], w.shift[k])
		}
	}
	for k, alpha := range alphas {
		mean, std := stat.MeanStdDev(alpha, nil)
		slices.Sort(alpha)
		distance := 0.0
		for i, v := range alpha {
			p := distuv.Normal{Sigma: 0.1}.CDF(v)
			distance = max(distance, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
		}
		t.Logf("axis %d: mean %.5f, deviation %.5f, Kolmogorov's distance from N(0, 0.1) %.5f", k, mean, std, distance)
		if math.Abs(mean) > 3.3*0.1/math.Sqrt(n) || math.Abs(std-0.1) > 3.3*0.1/math.Sqrt(2*n) || distance > 1.95/math.Sqrt(n) {
			t.Errorf("axis %d: mean %v, deviation %v, distance from N(0, 0.1) %v of %v draws", k, mean, std, distance, n)
		}
	}
	pixels := covariance(im)
	for a := range 3 {
		for b := range 3 {
			got, want := 100*stat.Covariance(shifts[a], shifts[b], nil), pixels[a][b]
			if bound := 3.5 * math.Sqrt((pixels[a][a]*pixels[b][b]+want*want)/n); math.Abs(got-want) > bound {
				t.Errorf("a hundred times the covariance of the shifts of channels %d and %d: %v, that of the pixels is %v", a, b, got, want)
			}
		}
	}
}

// covariance is that of an image's pixels, by its definition.
func covariance(im *picture.Image) (c [3][3]float64) {
	var channel [3][]float64
	for i, v := range im.Pix {
		channel[i%3] = append(channel[i%3], float64(v))
	}
	for a := range 3 {
		for b := range 3 {
			c[a][b] = stat.Covariance(channel[a], channel[b], nil)
		}
	}
	return c
}

// The shifts along the axes do not hang together, neither those of one image nor those of one image in two epochs, and
// neither do those of neighbours.
func TestColourShiftsIndependent(t *testing.T) {
	const items, epochs = 1500, 3
	l := speckledLoader(speckled(crop, crop), items, crop, crop)
	a := augment{colour: true}
	for k := range 3 {
		a.colours.Axes[k][k] = 1 // so that a shift's channel is one axis
	}
	ws := drawnWindows(t, l, a, epochs)
	pairs := map[string][2][]float64{}
	add := func(name string, x, y float64) {
		p := pairs[name]
		pairs[name] = [2][]float64{append(p[0], x), append(p[1], y)}
	}
	for i, w := range ws {
		add("axes 1 and 2", w.shift[0], w.shift[1])
		add("axes 2 and 3", w.shift[1], w.shift[2])
		add("axes 1 and 3", w.shift[0], w.shift[2])
		add("their sizes", math.Abs(w.shift[0]), math.Abs(w.shift[1]))
		for k := range 3 {
			if i%items > 0 {
				add("neighbours", w.shift[k], ws[i-1].shift[k])
			}
			if i >= items {
				add("epochs", w.shift[k], ws[i-items].shift[k])
			}
		}
	}
	for name, p := range pairs {
		r := stat.Correlation(p[0], p[1], nil)
		t.Logf("%s: correlation %.4f", name, r)
		if bound := 3.3 / math.Sqrt(float64(len(p[0]))); math.Abs(r) > bound {
			t.Errorf("%s have a correlation of %v, by chance at most %v", name, r, bound)
		}
	}
}

// One shift holds for all pixels of an image: what the net is given with and without it differs by one number a
// channel.
func TestOneShiftAnImage(t *testing.T) {
	l := speckledLoader(speckled(crop+6, crop+2), 3, crop+2, crop+2)
	c, err := measure(t.Context(), l, []int{0})
	if err != nil {
		t.Fatal(err)
	}
	pre := c.preprocess(false)
	with, without := make([]float32, inputSize), make([]float32, inputSize)
	for item := range 3 {
		shifted := augment{colours: c, flip: true, colour: true, pre: pre}
		plain := shifted
		plain.colour = false
		for dst, a := range map[*[]float32]augment{&with: shifted, &without: plain} {
			if err := l.sample(t.Context(), *dst, item, a, random(7, 0, 2, item)); err != nil {
				t.Fatal(err)
			}
		}
		w, err := l.draw(t.Context(), item, shifted, random(7, 0, 2, item))
		if err != nil || w.shift == [3]float64{} {
			t.Fatal(w.shift, err)
		}
		for i := range with {
			if d := float64(with[i] - without[i]); math.Abs(d-w.shift[i%3]) > 1e-3 {
				t.Fatalf("item %d: value %d is shifted by %v, the image by %v", item, i, d, w.shift)
			}
		}
	}
}

// What training is given of an image differs from one epoch to the next, from one stage to the next and from image to
// image, and is the same in a process that goes on.
func TestEpochsDiffer(t *testing.T) {
	const items = 4
	im := speckled(crop+60, crop+40)
	started := func(stage int) *runner {
		r := &runner{j: Job{Seed: 7}, p: place{Stage: stage}, loader: speckledLoader(im, items, crop+40, crop+40), split: &split{}}
		var err error
		if r.p.Colours, err = measure(t.Context(), r.loader, []int{0}); err != nil {
			t.Fatal(err)
		}
		r.pre = r.p.Colours.preprocess(true)
		return r
	}
	seen := map[string][3]int{}
	x := make([]float32, inputSize)
	key := func(r *runner, item, epoch int) string {
		if err := r.images().sample(t.Context(), x, item, epoch); err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		if err := binary.Write(h, binary.LittleEndian, x); err != nil {
			t.Fatal(err)
		}
		return string(h.Sum(nil))
	}
	for stage := range 2 {
		r := started(stage)
		for epoch := range 4 {
			for item := range items {
				k := key(r, item, epoch)
				if other, ok := seen[k]; ok {
					t.Errorf("stage, epoch and image %v are given as %v are", [3]int{stage, epoch, item}, other)
				}
				seen[k] = [3]int{stage, epoch, item}
			}
		}
	}
	again := started(1) // goes on in the middle of an epoch
	for _, item := range []int{3, 1} {
		if at := seen[key(again, item, 2)]; at != [3]int{1, 2, item} {
			t.Errorf("gone on with, image %d of epoch 2 is that of %v", item, at)
		}
	}
}

// What VGGs see of an image, and how many numbers that are.
const (
	crop      = vgg.MinSide
	inputSize = 3 * crop * crop
)
