package extract

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"fc7/extract/picture"
	"fc7/internal/f32"
)

// prepared describes img by the options with a fresh net, which it returns, and its views' pictures.
func prepared(t *testing.T, o Options, img *picture.Image) (*fakeNet, *Describer, *Views) {
	t.Helper()
	net := &fakeNet{scores: true}
	d, err := NewDescriber(net, o)
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.Prepare(img)
	if err != nil {
		t.Fatal(err)
	}
	return net, d, v
}

func mustDescribe(t *testing.T, d *Describer, v *Views) [][]float32 {
	t.Helper()
	out, err := d.Describe(context.Background(), v)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != len(d.Columns()) {
		t.Fatalf("%d descriptors of %d columns", len(out), len(d.Columns()))
	}
	return out
}

// TestSeveralLayers: one pass gives what a pass for each layer gives, and the net is asked once a scale.
func TestSeveralLayers(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(2, 2)), 60, 45)
	scales := []int{24, 16}
	net, d, v := prepared(t, Options{Layers: []string{"prob", "conv", "fc8"}, Scales: scales}, img)
	defer v.Release()
	got := mustDescribe(t, d, v)
	if want := []string{"32x24 n=2 [fc8 conv]", "21x16 n=2 [fc8 conv]"}; !slices.Equal(net.calls, want) {
		t.Errorf("the net was asked %v, expected %v", net.calls, want)
	}
	var names []string
	for _, c := range d.Columns() {
		names = append(names, c.Name)
	}
	if want := []string{"prob_q24", "prob_q16", "conv_q24", "conv_q16", "fc8_q24", "fc8_q16"}; !slices.Equal(names, want) {
		t.Fatalf("columns %v, expected %v", names, want)
	}
	for i, layer := range []string{"prob", "conv", "fc8"} {
		_, one, w := prepared(t, Options{Layers: []string{layer}, Scales: scales}, img)
		if alone := mustDescribe(t, one, w); !reflect.DeepEqual(alone, got[2*i:2*i+2]) {
			t.Errorf("%s: %v in one pass, %v alone", layer, got[2*i:2*i+2], alone)
		}
	}
}

// TestPosterior follows the paper's rule: mean of the scores over space, softmax, mean over the pictures.
func TestPosterior(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(5, 2)), 60, 45)
	for _, mode := range viewModes {
		o := Options{Layers: []string{"prob"}, Scales: []int{40}, Views: mode}
		if mode != ViewsDense {
			o.CropSize = 16
		}
		_, d, v := prepared(t, o, img)
		got := mustDescribe(t, d, v)[0]
		pictures := allPages(&v.list[0])
		want := make([]float64, 3)
		for _, p := range pictures {
			scores := expected(&fakeNet{}, View{w: v.list[0].w, h: v.list[0].h, pix: [][]byte{p}}, meanOf)
			sum := 0.0
			for _, s := range scores {
				sum += math.Exp(float64(s - scores[0]))
			}
			for c, s := range scores {
				want[c] += math.Exp(float64(s-scores[0])) / sum / float64(len(pictures))
			}
		}
		total := 0.0
		for c, p := range got {
			total += float64(p)
			if math.Abs(float64(p)-want[c]) > 1e-4*want[c]+1e-30 { // the scores were rounded to float32 above
				t.Errorf("%v: %v, expected %v", mode, got, want)
			}
		}
		if math.Abs(total-1) > 1e-6 {
			t.Errorf("%v: posteriors sum to %g", mode, total)
		}
		v.Release()
	}
}

// allPages copies every picture of a view.
func allPages(v *View) [][]byte {
	var a album
	a.reserve(3)
	var out [][]byte
	for k := range v.pictures() {
		if v.crops != nil {
			v.cut(k, &a, k%3)
		}
		out = append(out, slices.Clone(v.picture(k, &a, k%3)))
	}
	return out
}

// TestDescribeCrops: the descriptor is the mean over all crops and mirrors, pooled one by one.
func TestDescribeCrops(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(4, 9)), 60, 45)
	for _, c := range []struct {
		pool Pooling
		f    func([]float64) float64
		flip bool
		n    int
	}{{PoolMean, meanOf, true, 50}, {PoolMax, slices.Max[[]float64], false, 25}} {
		net, d, v := prepared(t, Options{
			Layers: []string{"conv"}, Scales: []int{40}, Views: ViewsCrops, CropSize: 32, Pool: c.pool, NoFlip: !c.flip,
		}, img)
		got := mustDescribe(t, d, v)[0]
		if v.list[0].pictures() != c.n || len(net.calls) != (c.n+9)/10 {
			t.Errorf("%d pictures in %d passes, expected %d by tens", v.list[0].pictures(), len(net.calls), c.n)
		}
		want := expected(&fakeNet{}, View{w: 32, h: 32, pix: allPages(&v.list[0])}, c.f)
		if !slices.Equal(got, want) || d.Columns()[0].Name != "conv_crops_q40" {
			t.Errorf("%v (%s), expected %v", got, d.Columns()[0].Name, want)
		}
		v.Release()
	}
}

// TestMirrorMap: the map of the mirror image is that of an image that was mirrored before, in its middle and whole.
func TestMirrorMap(t *testing.T) {
	img, mirrored := noise(rand.New(rand.NewPCG(4, 8)), 60, 40), new(picture.Image)
	picture.Flip(img, mirrored)
	for _, o := range []Options{
		{Layers: []string{"conv"}, Scales: []int{40}, Pool: PoolMap}, // as large as the image: nothing is resized
		{Layers: []string{"conv"}, Scales: []int{40}, Pool: PoolMap, Views: ViewsCentre, CropSize: 32},
	} {
		_, d, v := prepared(t, o, mirrored)
		want := mustDescribe(t, d, v)
		o.Mirror = true
		_, d, v = prepared(t, o, img)
		if got := mustDescribe(t, d, v); v.list[0].pictures() != 1 || !reflect.DeepEqual(got, want) {
			t.Errorf("%v views: the map is another", o.Views)
		}
	}
}

// TestDescribeMap: the map itself, and with flips its mean with the mirror's, turned back.
func TestDescribeMap(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(4, 7)), 60, 45)
	for _, flip := range []bool{false, true} {
		_, d, v := prepared(t, Options{Layers: []string{"conv", "fc8"}, Scales: []int{24, 40}, Pool: PoolMap, Flip: flip}, img)
		got := mustDescribe(t, d, v)
		again := mustDescribe(t, d, v)
		if !reflect.DeepEqual(got, again) || &got[0][0] == &again[0][0] {
			t.Error("a second description is not the same in memory of its own")
		}
		wantColumns := []Column{
			{"conv_map_q24", "conv", 24, 3, KindMap},
			{"conv_map_q24_shape", "conv", 24, 3, KindShape},
			{"conv_map_q40", "conv", 40, 3, KindMap},
			{"conv_map_q40_shape", "conv", 40, 3, KindShape},
		}
		if !slices.Equal(d.Columns()[:4], wantColumns) {
			t.Errorf("columns %+v", d.Columns())
		}
		for i := range v.list {
			view := &v.list[i]
			maps := make([]f32.Map, len(view.pix))
			for k, p := range view.pix {
				m, _ := (&fakeNet{}).Forward(context.Background(), view.h, view.w, [][]byte{p}, nil)
				maps[k] = m[0]
			}
			h, w := maps[0].H, maps[0].W
			if !slices.Equal(got[2*i+1], []float32{float32(h), float32(w), 3}) || len(got[2*i]) != h*w*3 {
				t.Fatalf("flip %v: shape %v with %d values, expected [%d %d 3]", flip, got[2*i+1], len(got[2*i]), h, w)
			}
			for p := range h * w {
				for c := range 3 {
					want := maps[0].At(0, p/w, p%w)[c]
					if flip {
						want = float32((float64(want) + float64(maps[1].At(0, p/w, w-1-p%w)[c])) / 2)
					}
					if x := got[2*i][3*p+c]; x != want {
						t.Fatalf("flip %v: position %d, channel %d: %g, expected %g", flip, p, c, x, want)
					}
				}
			}
		}
		v.Release()
	}
}

// TestOtherViews: views of other options are refused.
func TestOtherViews(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(4, 4)), 60, 45)
	base := Options{Layers: []string{"conv"}, Scales: []int{40}, Views: ViewsCrops, CropSize: 16}
	_, d, _ := prepared(t, base, img)
	for what, change := range map[string]func(*Options){
		"scale": func(o *Options) { o.Scales = []int{41} }, "flip": func(o *Options) { o.NoFlip = true },
		"mode": func(o *Options) { o.Views = ViewsCentre }, "crop size": func(o *Options) { o.CropSize = 17 },
	} {
		o := base
		change(&o)
		_, _, v := prepared(t, o, img)
		if _, err := d.Describe(context.Background(), v); err == nil {
			t.Errorf("other %s: no error", what)
		}
	}
}

// TestDescribeAllocations: beside the descriptors themselves, memory is used again.
func TestDescribeAllocations(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(4, 4)), 60, 45)
	for _, o := range []Options{
		{Scales: []int{40}}, {Scales: []int{40}, Views: ViewsCrops, CropSize: 16}, {Scales: []int{40}, Views: ViewsCentre, CropSize: 16},
	} {
		o.Layers = []string{"conv"}
		d, err := NewDescriber(&steadyNet{}, o)
		if err != nil {
			t.Fatal(err)
		}
		v, err := d.Prepare(img)
		if err != nil {
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(20, func() { mustDescribe(t, d, v) })
		// Two slices of the result, and the copies of Columns in mustDescribe.
		if n > 5 {
			t.Errorf("%v: %.0f allocations an image", o.Views, n)
		}
	}
}

// steadyNet allocates nothing after the first image.
type steadyNet struct {
	maps []f32.Map
	of   [1][]f32.Map
	data [50 * 3]float32
}

func (s *steadyNet) Layer(string) (width, minSide int, err error) { return 3, 8, nil }

func (s *steadyNet) Together(int, int, []string) int { return 10 }

func (s *steadyNet) Run(n int, j f32.Job) { inTurn(n, j) }

func (s *steadyNet) ForwardAll(_ context.Context, batches []f32.Batch, _ []string) ([][]f32.Map, error) {
	s.maps = s.maps[:0]
	for _, b := range batches {
		s.maps = append(s.maps, f32.Map{N: len(b.Pictures), H: 1, W: 1, C: 3, Data: s.data[:3*len(b.Pictures)]})
	}
	s.of[0] = s.maps
	return s.of[:], nil
}
