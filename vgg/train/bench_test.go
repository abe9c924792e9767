package train

import (
	"testing"

	"fc7/vgg"
)

// BenchmarkStep is a training step of VGG-16 at 224x224, batch 8.
func BenchmarkStep(b *testing.B) {
	c, err := vgg.Lookup("vgg16")
	if err != nil {
		b.Fatal(err)
	}
	n, err := New(c, with(func(o *Options) { o.Batch, o.Dropout = 8, 0.5 }))
	if err != nil {
		b.Fatal(err)
	}
	x, y := numbered(8*3*224*224, 1), make([]int, 8)
	for b.Loop() {
		if _, err := n.Step(x, y); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(8*b.N), "ms/image")
}
