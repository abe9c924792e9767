package pages

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestInWords(t *testing.T) {
	for text, want := range map[string]string{
		`"He"`:                         "He",
		`5e-4`:                         "0.0005",
		`true`:                         "yes",
		`null`:                         "none",
		`["fc6","fc7"]`:                "fc6; fc7",
		`[]`:                           "",
		`{"rate":0.05,"pattern":"fc"}`: "rate 0.05, pattern fc",
		`[{"net":"A","s_min":256},{"net":"D","more":[1,2]}]`: "net A, s_min 256; net D, more 1; 2",
		`["a","b","c","d","e","f","g"]`:                      "7, a to g",
		`[1,2,3,4,5,6,7]`:                                    "1; 2; 3; 4; 5; 6; 7",
	} {
		if got, err := inWords(json.NewDecoder(strings.NewReader(text))); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
	const factors = `[{"pattern":"fc*","rate":0.1,"decay":1},{"pattern":"fc8","rate":10,"decay":0},{"pattern":"fc7","rate":1,"decay":2}]`
	const rates = "fc* at 0.1 times the rate; fc8 at 10 times the rate, without penalty; fc7 at 1 times the rate, with 2 times the penalty"
	if got, err := ratesInWords(json.NewDecoder(strings.NewReader(factors))); err != nil || got != rates {
		t.Errorf("rates of layers: %q, %v", got, err)
	}
	for _, text := range []string{"", "{", `{"a":`, "[1,"} {
		if got, err := inWords(json.NewDecoder(strings.NewReader(text))); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}
