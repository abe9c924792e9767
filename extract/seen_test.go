package extract

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"fc7/extract/picture"
)

// TestDescribeMaps: what is shown is of the pixels that it is said to be of, and its mean is the descriptor, to the bit
// that of DescribeAll.
func TestDescribeMaps(t *testing.T) {
	img := noise(rand.New(rand.NewPCG(3, 8)), 61, 45)
	for name, o := range map[string]Options{
		"dense": {}, "no flip": {NoFlip: true}, "crops": {Views: ViewsCrops, CropSize: 16}, "crops, no flip": {Views: ViewsCrops, CropSize: 17, NoFlip: true},
		"centre": {Views: ViewsCentre, CropSize: 16}, "centre, flip": {Views: ViewsCentre, CropSize: 17, Flip: true},
	} {
		o.Layers, o.Scales = []string{"conv"}, []int{24, 40}
		net, d, v := prepared(t, o, img)
		net.together = 7
		want := mustDescribe(t, d, v)
		means, seen := make([]float64, len(o.Scales)), make([]int, len(o.Scales))
		got, err := d.DescribeMaps(t.Context(), v, func(s Seen) error {
			seen[s.Scale]++
			m := s.mean(t, name, img)
			means[s.Scale] += m / float64(s.Pictures)
			return nil
		})
		if err != nil {
			t.Fatal(name, err)
		}
		for i := range got {
			if got[i][1] != want[i][1] || math.Abs(means[i]-float64(want[i][1])) > 1e-3 {
				t.Errorf("%s, scale %d: descriptor %v, expected %v, the mean of what was shown %v", name, i, got[i][1], want[i][1], means[i])
			}
			if n := v.list[i].pictures(); seen[i] != n {
				t.Errorf("%s, scale %d: %d pictures shown, of %d", name, i, seen[i], n)
			}
		}
		stop := errors.New("enough")
		if _, err := d.DescribeMaps(t.Context(), v, func(Seen) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%s: %v", name, err)
		}
		mustDescribe(t, d, v) // shows nothing
		if d.see != nil {
			t.Errorf("%s: it is shown still", name)
		}
	}
}

// mean is that of the green channel, whose values fakeNet takes of the pixels 8 columns and rows apart.
func (s Seen) mean(t *testing.T, name string, img *picture.Image) float64 {
	t.Helper()
	whole := &picture.Image{}
	if err := new(picture.Resizer).Resize(img, s.W, s.H, whole); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for y := range s.Map.H {
		for x := range s.Map.W {
			col := s.X + 8*x
			if s.Mirrored {
				col = s.X + s.Width - 1 - 8*x
			}
			v := s.Map.At(0, y, x)[1]
			if want := whole.Pix[3*((s.Y+8*y)*s.W+col)+1]; v != float32(want) {
				t.Fatalf("%s: %+v: the value at %d, %d is %v, the pixel %d", name, s.Scale, x, y, v, want)
			}
			sum += float64(v)
		}
	}
	return sum / float64(s.Map.H*s.Map.W)
}
