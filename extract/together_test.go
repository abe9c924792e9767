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

// TestDescribeAll: images that share the passes get the descriptors that each gets alone, in every kind of view and
// pooling, however many pictures a pass takes; and they do share them.
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
			for range 5 {
				v, err := d.Prepare(noise(random, 60, 45))
				if err != nil {
					t.Fatal(err)
				}
				all, want = append(all, v), append(want, mustDescribe(t, d, v))
			}
			net.calls = nil
			for i, got := range d.DescribeAll(t.Context(), all) {
				if got.Err != nil || !slices.EqualFunc(got.Columns, want[i], slices.Equal[[]float32]) {
					t.Errorf("%v, %d at once: image %d: %v, error %v", o, together, i, got.Columns, got.Err)
				}
			}
			passes := len(d.o.Scales)
			if o.Views == ViewsCrops {
				passes *= (5*50 + together - 1) / together
			}
			if len(net.calls) != passes {
				t.Errorf("%v, %d at once: %d passes, want %d", o, together, len(net.calls), passes)
			}
			if n := d.Together(all[0]); n < 1 || n > max(1, together) {
				t.Errorf("%v: %d images together, where the net takes %d pictures", o, n, together)
			}
		}
	}
}

// TestDescribeAllFails: what is wrong with one image is not the others' fault.
func TestDescribeAllFails(t *testing.T) {
	net := &fakeNet{spoil: func(m *f32.Map) {
		if m.N == 3 { // all three
			m.Image(1)[0] = float32(math.NaN())
		}
	}}
	d, err := NewDescriber(net, Options{Layers: []string{"conv"}, Scales: []int{40, 48}, NoFlip: true})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(8, 9))
	var all []*Views
	for _, size := range [][2]int{{60, 45}, {60, 45}, {60, 45}, {45, 60}} {
		v, err := d.Prepare(noise(random, size[0], size[1]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	got := d.DescribeAll(t.Context(), all)
	for i, want := range []string{"", "scale 40 (view of 53x40): value 0 of the descriptor (layer conv) is NaN", "", "several sizes"} {
		switch {
		case want == "" && (got[i].Err != nil || len(got[i].Columns) != 2 || got[i].Columns[1] == nil):
			t.Errorf("image %d: %+v", i, got[i])
		case want != "" && (got[i].Columns != nil || !strings.Contains(fmt.Sprint(got[i].Err), want)):
			t.Errorf("image %d: %+v, want an error with %q", i, got[i], want)
		}
	}
}
