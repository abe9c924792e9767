package weights

import "testing"

func TestDtypes(t *testing.T) {
	sizes := map[Dtype]int{F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2, I8: 1, U8: 1, Bool: 1}
	if len(sizes) != int(dtypeCount) {
		t.Fatalf("%d types listed, there are %d", len(sizes), dtypeCount)
	}
	codes := map[string]bool{}
	for d, size := range sizes {
		if d.size() != size {
			t.Errorf("%s: size %d, expected %d", d, d.size(), size)
		}
		if back, err := parseDtype(d.String()); err != nil || back != d {
			t.Errorf("%s: parsed as %s, %v", d, back, err)
		}
		code := dtypes[d].safetensors
		if back, ok := safetensorsDtype(code); !ok || back != d || codes[code] {
			t.Errorf("%s: code %q means %s", d, code, back)
		}
		codes[code] = true
		if want := d == F32 || d == F16 || d == BF16 || d == F64; d.Float() != want {
			t.Errorf("%s: Float is %t", d, d.Float())
		}
	}
}

func TestUnknownDtype(t *testing.T) {
	d := dtypeCount + 3
	if d.size() != 0 || d.String() != "Dtype(16)" || d.Float() {
		t.Errorf("got size %d, name %s", d.size(), d)
	}
	_, err := parseDtype("float8")
	wantError(t, err, "float8", "bfloat16")
}
