package small

import (
	"testing"

	"fc7/vgg"
)

// maxBytes bounds the file, which is a part of every binary.
const maxBytes = 4_000_000

// The file that ships is small enough, whole, and names its net, its classes and the colours that it expects.
func TestSmall(t *testing.T) {
	if len(file) > maxBytes {
		t.Errorf("%d bytes, more than %d", len(file), maxBytes)
	}
	f, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := vgg.Load(f, vgg.LoadOptions{Net: f.Metadata[vgg.MetaNet]})
	if err != nil {
		t.Fatal(err)
	}
	labels, err := vgg.ClassesOf(f, m.Config)
	if err != nil || len(labels) != m.Config.Classes || m.Config.Classes < 2 {
		t.Errorf("%d labels of %d classes: %v", len(labels), m.Config.Classes, err)
	}
	if f.Metadata[vgg.MetaOrigin] == vgg.OriginRandom || f.Metadata[vgg.MetaPreprocess] == "" {
		t.Errorf("origin %q, preprocessing %q: not a trained net", f.Metadata[vgg.MetaOrigin], f.Metadata[vgg.MetaPreprocess])
	}
}
