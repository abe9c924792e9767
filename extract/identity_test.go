package extract

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestIdentity(t *testing.T) {
	got, err := json.Marshal(Options{}.Identity())
	want := `{"layer":"fc7","scales":[256,384,512],"flip":true,"pooling":"mean","resize":"pillow-bilinear antialias, 8 bit","pixel_version":1}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	same := Options{Scales: []int{256, 384, 512}, Layer: "fc7", MaxViewPixels: 1 << 25}
	if !reflect.DeepEqual(same.Identity(), Options{}.Identity()) {
		t.Error("defaults written out, or a limit, change the identity")
	}
	for _, o := range []Options{{Scales: []int{256}}, {Scales: []int{384, 256, 512}}, {Layer: "pool5"}, {NoFlip: true}, {Pool: PoolMax}} {
		if reflect.DeepEqual(o.Identity(), Options{}.Identity()) {
			t.Errorf("%+v has the identity of the zero value", o)
		}
	}
}
