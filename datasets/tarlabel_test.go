package datasets

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestJSONLabels(t *testing.T) {
	for text, want := range map[string]string{
		`{"label": "cat", "labels": ["dog", "cat"]}`: "cat dog",
		`{"label": 0}`:                       "0",
		`{"label": -1}`:                      "-1",
		`{"label": 3.0, "score": NaN}`:       "3",
		`{"label": 1e3, "x": -Infinity}`:     "1000",
		`{"label": ["cat", 4.0]}`:            "4 cat",
		`{"label": true, "labels": [false]}`: "0 1",
		`{"labels": "dog"}`:                  "dog",
		`{"labels": 7}`:                      "7",
		`{"label": NaN}`:                     "",
		`{"label": "NaN \" NaN", "x": NaN}`:  `NaN " NaN`,
		`{"labels": [10, 9]}`:                "10 9", // by bytes
		`{"label": null, "labels": null}`:    "",
		`{"Label": "x", "caption": "a cat"}`: "",
		`{"label": " two\u0000 "}`:           `two\x00`,
		`null`:                               "",
		`"cat"`:                              "",
	} {
		labels, _, err := readJSONLabels(strings.NewReader(text), int64(len(text)))
		sorted, _ := (&tarSample{json: labels}).labels()
		if got := strings.Join(sorted, " "); err != nil || got != want {
			t.Errorf("%s: labels %q, %v, want %q", text, got, err, want)
		}
	}
}

// The cls file counts before the json file.
func TestSampleLabels(t *testing.T) {
	if got, err := (&tarSample{class: "1", json: []string{"cat"}, jsonErr: errors.New("of no matter")}).labels(); err != nil || !slices.Equal(got, []string{"1"}) {
		t.Errorf("labels %q", got)
	}
	if got, err := (&tarSample{}).labels(); got != nil || err != nil {
		t.Errorf("labels of none: %q", got)
	}
}
