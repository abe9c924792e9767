package extract

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fc7/internal/f32"
)

// TestDescribeAll: images of several sizes that share the passes get the descriptors that each gets alone, in every
// kind of view and pooling, however many pictures a pass takes; and they do share them.
func TestDescribeAll(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	for _, o := range []Options{
		{Layers: []string{"conv"}, Scales: []int{40, 64}},
		{Layers: []string{"conv"}, Scales: []int{40}, NoFlip: true, Pool: PoolMax},
		{Layers: []string{"conv"}, Scales: []int{40}, Pool: PoolMap},
		{Layers: []string{"conv"}, Scales: []int{40, 48}, Views: ViewsCrops, CropSize: 32},
		{Layers: []string{"conv"}, Scales: []int{40}, Views: ViewsCentre, CropSize: 32},
	} {
		for _, together := range []int{1, 3, 16, 100} {
			net := &fakeNet{together: together}
			d, err := NewDescriber(net, o)
			if err != nil {
				t.Fatal(err)
			}
			var all []*Views
			var want [][][]float32
			for _, size := range [][2]int{{60, 45}, {45, 60}, {60, 45}, {60, 45}, {90, 50}} {
				v, err := d.Prepare(noise(random, size[0], size[1]))
				if err != nil {
					t.Fatal(err)
				}
				all, want = append(all, v), append(want, mustDescribe(t, d, v))
			}
			net.passes = 0
			for i, got := range d.DescribeAll(t.Context(), all) {
				if got.Err != nil || !slices.EqualFunc(got.Columns, want[i], slices.Equal[[]float32]) {
					t.Errorf("%v, %d at once: image %d: %v, error %v", o, together, i, got.Columns, got.Err)
				}
			}
			pictures, views := all[0].list[0].pictures(), max(1, together/all[0].list[0].pictures()) // of a view; of a pass
			passes := (5*len(d.o.Scales) + views - 1) / views
			if o.Views == ViewsCrops {
				passes = (5*len(d.o.Scales)*pictures + together - 1) / together
			}
			if net.passes != passes {
				t.Errorf("%v, %d at once: %d passes, want %d", o, together, net.passes, passes)
			}
			if p, want := d.Portion(all[0]), max(1./16, float64(len(d.o.Scales)*pictures)/float64(together)); math.Abs(p-want) > 1e-9 {
				t.Errorf("%v: an image is %g of a pass of %d pictures, want %g", o, p, together, want)
			}
		}
	}
}

// TestDescribeAllFails: what is wrong with one image is not the others' fault.
func TestDescribeAllFails(t *testing.T) {
	batch := 0
	net := &fakeNet{spoil: func(m *f32.Map) {
		if batch++; batch == 3 { // the second image at the first scale
			m.Data[0] = float32(math.NaN())
		}
	}}
	o := Options{Layers: []string{"conv"}, Scales: []int{40, 48}, NoFlip: true}
	d, err := NewDescriber(net, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Scales = []int{40, 56}
	other, err := NewDescriber(net, o)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(8, 9))
	var all []*Views
	for _, d := range []*Describer{d, d, other, d} {
		v, err := d.Prepare(noise(random, 60, 45))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	got := d.DescribeAll(t.Context(), all)
	for i, want := range []string{"", "scale 40 (view of 53x40): value 0 of the descriptor (layer conv) is NaN", "other options", ""} {
		switch {
		case want == "" && (got[i].Err != nil || len(got[i].Columns) != 2 || got[i].Columns[1] == nil):
			t.Errorf("image %d: %+v", i, got[i])
		case want != "" && (got[i].Columns != nil || !strings.Contains(fmt.Sprint(got[i].Err), want)):
			t.Errorf("image %d: %+v, want an error with %q", i, got[i], want)
		}
	}
}
