package localise

import (
	"math"
	"strings"
	"testing"
)

func someHead(regress string) *Head {
	return &Head{
		Regress: regress, Classes: []string{"cat", "dog"}, Mean: [4]float64{0.5, 0.4, 0.3, 0.2}, Deviation: [4]float64{0.1, 0.2, 0.3, 0.4},
		Side: 256, Crop: 224, Central: 0.8,
	}
}

// TestHead: outputs that are targets are the place; those of other classes do not count.
func TestHead(t *testing.T) {
	p := Place{Left: 0.1, Top: -0.2, Right: 0.7, Bottom: 1.4}
	for regress, want := range map[string]int{Single: 4, PerClass: 8} {
		h := someHead(regress)
		out := make([]float32, h.Outputs())
		if len(out) != want {
			t.Fatalf("%s: %d outputs", regress, len(out))
		}
		h.Target(out, p, 1)
		got := h.Place(out, 1)
		if math.Abs(got.Left-p.Left)+math.Abs(got.Top-p.Top)+math.Abs(got.Right-p.Right)+math.Abs(got.Bottom-p.Bottom) > 1e-6 {
			t.Errorf("%s: %v, want %v", regress, got, p)
		}
		if regress == PerClass {
			for i, v := range out {
				if (i < 4) != (v != v) {
					t.Errorf("output %d is %v", i, v)
				}
			}
			if d := out[4] - float32((0.4-0.5)/0.1); d > 1e-5 || d < -1e-5 {
				t.Errorf("the centre's x is %v", out[4])
			}
		}
	}
	if got := someHead(Single).Place([]float32{0, 0, -9, -9}, 0); got.Right != got.Left || got.Top != got.Bottom {
		t.Errorf("of less than no size: %v", got)
	}
}

func TestParseHead(t *testing.T) {
	text, err := someHead(PerClass).Encode()
	if err != nil {
		t.Fatal(err)
	}
	h, err := ParseHead(text)
	if err != nil || h.Regress != PerClass || len(h.Classes) != 2 || h.Deviation != someHead(PerClass).Deviation {
		t.Fatal(h, err)
	}
	for from, to := range map[string]string{
		`"pcr"`: `"xyz"`, `["cat","dog"]`: `[]`, `"crop":224`: `"crop":300`, `"central":0.8`: `"central":0`, `[0.1,`: `[0,`, `[0.5,`: `[1e9,`, `{`: `[`,
	} {
		bad := strings.Replace(text, from, to, 1)
		if _, err := ParseHead(bad); bad == text || err == nil || !strings.Contains(err.Error(), "what boxes the net gives") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
