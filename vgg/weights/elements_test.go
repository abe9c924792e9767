package weights

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

func TestBrainRounding(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100000 {
		high := uint16(random.Uint32())
		if high&0x7f80 == 0x7f80 || high&0x7fff == 0x7f7f {
			continue // infinite, NaN, or rounding up to infinity
		}
		base := uint32(high) << 16
		for low, want := range map[uint32]uint16{0: high, 0x7fff: high, 0x8000: high + high&1, 0x8001: high + 1} {
			if got := floatToBrain(math.Float32frombits(base | low)); got != want {
				t.Fatalf("%#08x became %#04x, expected %#04x", base|low, got, want)
			}
		}
	}
	for _, nan := range []uint32{0x7f800001, 0x7fffffff, 0xffc00000} {
		if got := floatToBrain(math.Float32frombits(nan)); got&0x7fff <= 0x7f80 {
			t.Errorf("NaN %#08x became %#04x", nan, got)
		}
	}
}

func TestDecode(t *testing.T) {
	le := binary.LittleEndian
	u32 := func(vs ...uint32) (b []byte) {
		for _, v := range vs {
			b = le.AppendUint32(b, v)
		}
		return b
	}
	u64 := func(vs ...uint64) (b []byte) {
		for _, v := range vs {
			b = le.AppendUint64(b, v)
		}
		return b
	}
	cases := map[Dtype]struct {
		raw  []byte
		want []float32
	}{
		F32:  {u32(0x3f800000, 0x80000000), []float32{1, float32(math.Copysign(0, -1))}},
		F16:  {[]byte{0, 0x3c, 1, 0}, []float32{1, 0x1p-24}},
		BF16: {[]byte{0x80, 0x3f, 0x20, 0xc1}, []float32{1, -10}},
		F64:  {u64(math.Float64bits(0.1), math.Float64bits(1e300)), []float32{0.1, float32(math.Inf(1))}},
		I64:  {u64(math.MaxUint64, 1<<24+1), []float32{-1, 1 << 24}},
		U64:  {u64(math.MaxUint64, 2), []float32{1 << 63 * 2, 2}},
		I32:  {u32(math.MaxUint32, 7), []float32{-1, 7}},
		U32:  {u32(math.MaxUint32, 7), []float32{1 << 32, 7}},
		I16:  {[]byte{0xff, 0xff, 2, 1}, []float32{-1, 258}},
		U16:  {[]byte{0xff, 0xff, 2, 1}, []float32{65535, 258}},
		I8:   {[]byte{0xff, 2}, []float32{-1, 2}},
		U8:   {[]byte{0xff, 2}, []float32{255, 2}},
		Bool: {[]byte{0, 2}, []float32{0, 1}},
	}
	if len(cases) != int(dtypeCount) {
		t.Fatalf("%d types tested, there are %d", len(cases), dtypeCount)
	}
	for d, c := range cases {
		t.Run(d.String(), func(t *testing.T) {
			got := []float32{9, 9}
			decode(got, c.raw, d)
			sameBits(t, got, c.want)
		})
	}
}

func TestEncodeIsTheInverseOfDecode(t *testing.T) {
	values := []float32{0, 1, -1.5, 0x1p-14, 65504, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	for _, d := range []Dtype{F32, F64, F16, BF16} {
		raw := make([]byte, len(values)*d.size())
		if d == BF16 {
			values[4] = 65280
		}
		if _, err := encode(raw, values, d); err != nil {
			t.Fatal(err)
		}
		got := make([]float32, len(values))
		decode(got, raw, d)
		for i := range values {
			if got[i] != values[i] && !(math.IsNaN(float64(got[i])) && math.IsNaN(float64(values[i]))) {
				t.Errorf("%s: %g came back as %g", d, values[i], got[i])
			}
		}
	}
}

func TestEncodeRefusesWhatDoesNotFit(t *testing.T) {
	for d, v := range map[Dtype]float32{F16: -65520, BF16: math.MaxFloat32} {
		bad, err := encode(make([]byte, 6), []float32{1, 2, v}, d)
		wantError(t, err, d.String(), "does not fit")
		if bad != 2 {
			t.Errorf("%s: element %d named, expected 2", d, bad)
		}
	}
}

// The loops of a big-endian machine have to agree with the copies of a little-endian one.
func TestBigEndianFallback(t *testing.T) {
	if !nativeLittle {
		t.Skip("this machine takes the fallback anyway")
	}
	values := []float32{1, -2.5, 0x1p-140, float32(math.Inf(-1))}
	raw := littleFloats(values...)
	tensor := &Tensor{Shape: []int{4}, data: newMemory(raw)}
	nativeLittle = false
	defer func() { nativeLittle = true }()
	sameBits(t, readAll(t, tensor), values)
	out := make([]byte, len(raw))
	if _, err := encode(out, values, F32); err != nil {
		t.Fatal(err)
	}
	if string(out) != string(raw) {
		t.Errorf("encoded % x, expected % x", out, raw)
	}
}
