package extraction

import (
	"slices"
	"strings"
	"testing"

	"fc7/pipeline/backbone"
	"fc7/vgg"
)

func TestNetFolders(t *testing.T) {
	net := func(name, sha string) *backbone.Net {
		c, err := vgg.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return &backbone.Net{Model: &vgg.Model{Config: c}, SHA256: sha + strings.Repeat("0", 60), Path: sha}
	}
	got := netFolders([]*backbone.Net{net("vgg16/8:fc256", "aaaaaaaa"), net("vgg19_bn", "bbbbbbbb"), net("vgg19_bn", "cccccccc")})
	if want := []string{"vgg16_8_fc256", "vgg19_bn_bbbbbbbb", "vgg19_bn_cccccccc"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
