package extract

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestOptionsZeroValue(t *testing.T) {
	o := Options{}.resolved()
	if !slices.Equal(o.Scales, []int{256, 384, 512}) || o.Layers[0] != "fc7" || o.NoFlip || o.Pool != PoolMean || o.maxViewPixels != 1<<23 {
		t.Errorf("got %+v", o)
	}
	mine := []int{256}
	o = Options{Scales: mine}.resolved()
	o.Scales[0] = 1
	if mine[0] != 256 {
		t.Error("the caller's scales are shared")
	}
}

func TestValidate(t *testing.T) {
	b := &fakeNet{}
	if err := (Options{}).Validate(b); err != nil {
		t.Errorf("zero value: %v", err)
	}
	for say, o := range map[string]Options{
		"scale 192: fc7 needs a smallest side of at least 224": {Scales: []int{256, 192}},
		"scale 256 is given twice":                             {Scales: []int{256, 384, 256}},
		"scale 0: the smallest side must be positive":          {Scales: []int{0}},
		"scale -3: the smallest side must be positive":         {Scales: []int{-3}},
		"scale 3000: a square view has 9000000 pixels":         {Scales: []int{3000}},
		"scale 9223372036854775807":                            {Scales: []int{math.MaxInt}},
		`layer "fc9": there are fc7 and conv`:                  {Layers: []string{"fc9"}},
		"pooling Pooling(7)":                                   {Pool: 7},
		"limit of -1 pixels":                                   {maxViewPixels: -1},
		"views ViewMode(3)":                                    {Views: 3},
		"both taken and left out":                              {Flip: true, NoFlip: true},
		"mirror image alone: expected pooling map":             {Views: ViewsCentre, Mirror: true},
		"maps of 25 crops":                                     {Views: ViewsCrops, Pool: PoolMap},
		"dense views are whole images":                         {CropSize: 224},
		"crop size -1":                                         {Views: ViewsCrops, CropSize: -1},
		"crops of 225 pixels do not fit":                       {Views: ViewsCrops, CropSize: 225, Scales: []int{224}},
		"crops of 200 pixels: fc7 needs at least 224":          {Views: ViewsCentre, CropSize: 200},
		"layer 2 of 2 has an empty name":                       {Layers: []string{"fc7", ""}},
		"layer fc7 is given twice":                             {Layers: []string{"fc7", "conv", "fc7"}},
		"pooling max does not apply: take fc8":                 {Layers: []string{"prob"}, Pool: PoolMax},
		`posterior is computed from the class scores, fc8: there are fc7 and conv`: {Layers: []string{"prob"}},
	} {
		if err := o.Validate(b); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%+v: got %v, expected to say %q", o, err, say)
		}
	}
	if err := (Options{Layers: []string{"prob"}, Views: ViewsCrops}).Validate(&fakeNet{scores: true}); err != nil {
		t.Errorf("posteriors of crops: %v", err)
	}
	if err := (Options{}).Validate(nil); err == nil {
		t.Error("no backbone: no error")
	}
	if err := (Options{Layers: []string{"conv"}, Scales: []int{32}}).Validate(b); err != nil {
		t.Errorf("a lower layer at its smallest side: %v", err)
	}
}

func TestPooling(t *testing.T) {
	for _, p := range []Pooling{PoolMean, PoolMax, PoolMap} {
		if got, err := ParsePooling(p.String()); err != nil || got != p {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	if _, err := ParsePooling("median"); err == nil {
		t.Error("median: no error")
	}
}

func TestNetLayers(t *testing.T) {
	for _, c := range []struct{ layers, want []string }{
		{nil, []string{"fc7"}},
		{[]string{"pool5", "fc6"}, []string{"pool5", "fc6"}},
		{[]string{"prob", "fc7", "fc8"}, []string{"fc8", "fc7"}},
	} {
		if got := (Options{Layers: c.layers}).NetLayers(); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, expected %v", c.layers, got, c.want)
		}
	}
}
