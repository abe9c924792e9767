package weights

import "testing"

func BenchmarkDecode(b *testing.B) {
	for _, d := range []Dtype{F32, F16, BF16, F64} {
		b.Run(d.String(), func(b *testing.B) {
			dst, src := make([]float32, chunkElements), make([]byte, chunkElements*d.size())
			for i := range src {
				src[i] = byte(i*7) & 0x3f
			}
			b.SetBytes(4 * chunkElements)
			for b.Loop() {
				decode(dst, src, d)
			}
		})
	}
}

func BenchmarkCheckFinite(b *testing.B) {
	data := counting(1 << 20)
	tensor := &Tensor{Shape: []int{1 << 20}}
	b.SetBytes(4 << 20)
	for b.Loop() {
		if err := checkFinite(tensor, data); err != nil {
			b.Fatal(err)
		}
	}
}
