package extract

import (
	"reflect"
	"testing"
)

func TestIdentity(t *testing.T) {
	want := Identity{
		Layers: []string{"fc7"}, Scales: []int{256, 384, 512}, Views: "dense", Flip: true, Pooling: "mean",
		Resize: "pillow-bilinear antialias, 8 bit", PixelVersion: 1,
	}
	if got := (Options{}).Identity(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	same := Options{Scales: []int{256, 384, 512}, Layers: []string{"fc7"}, maxViewPixels: 1 << 25}
	if !reflect.DeepEqual(same.Identity(), Options{}.Identity()) {
		t.Error("defaults written out, or a limit, change the identity")
	}
	if !reflect.DeepEqual(Options{Flip: true}.Identity(), Options{}.Identity()) {
		t.Error("the default written out changes the identity")
	}
	if id := (Options{Views: ViewsCentre}).Identity(); id.CropSize != 224 || id.Flip || id.Views != "centre" {
		t.Errorf("centre views: %+v", id)
	}
	if reflect.DeepEqual((Options{Pool: PoolMap, Mirror: true}).Identity(), (Options{Pool: PoolMap}).Identity()) {
		t.Error("the map of the mirror image has the identity of that of the image")
	}
	for _, o := range []Options{{Views: ViewsCrops}, {Views: ViewsCentre}, {Pool: PoolMap}, {Pool: PoolMap, Mirror: true}, {Layers: []string{"fc7", "fc6"}}, {Scales: []int{256}}, {Scales: []int{384, 256, 512}}, {Layers: []string{"pool5"}}, {NoFlip: true}, {Pool: PoolMax}} {
		if reflect.DeepEqual(o.Identity(), Options{}.Identity()) {
			t.Errorf("%+v has the identity of the zero value", o)
		}
	}
}
