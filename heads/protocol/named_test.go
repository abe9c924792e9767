package protocol

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"fc7/heads/metrics"
)

// Named values keep their order in JSON; what is undefined is null and stays apart from 0 and from what is not there.
func TestNamedValues(t *testing.T) {
	f := Figures{{"z", 0}, {"a", metrics.Value(math.NaN())}, {"top \"5\"", 0.25}}
	text, err := json.Marshal(struct {
		F Figures `json:"f"`
		C Counts  `json:"c"`
		N Figures `json:"n"`
	}{f, Counts{{"test", 3}, {"images", 0}}, nil})
	if err != nil || string(text) != `{"f":{"z":0,"a":null,"top \"5\"":0.25},"c":{"test":3,"images":0},"n":{}}` {
		t.Fatalf("%s, %v", text, err)
	}
	var back struct {
		F Figures
		C Counts
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.F) != 3 || back.F[2] != f[2] || !back.F.Has("a") || back.F.Get("a").Defined() || back.F.Get("z") != 0 {
		t.Errorf("%+v", back.F)
	}
	if back.F.Has("b") || back.F.Get("b").Defined() || !slices.Equal(back.C, Counts{{"test", 3}, {"images", 0}}) || back.C.Get("none") != 0 {
		t.Errorf("%+v", back)
	}
	for bad, want := range map[string]string{`[1]`: "cannot unmarshal array", `{"a":1,"a":2}`: "there twice", `{"a":"x"}`: "cannot unmarshal string into Go struct field .a", `null`: "expected an object", `{"a":`: "EOF"} {
		if _, err := readNamed[metrics.Value]([]byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", bad, err, want)
		}
	}
}
