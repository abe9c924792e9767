package datasets

import (
	"fmt"
	"os"
	"path/filepath"
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
		if got := strings.Join(labels, " "); err != nil || got != want {
			t.Errorf("%s: labels %q, %v, want %q", text, got, err, want)
		}
	}
}

// The cls file counts before the json file, wherever it stands, and then it is of no matter what that is.
func TestSampleLabels(t *testing.T) {
	for _, c := range []struct {
		files []member
		want  string
	}{
		{[]member{{"a.jpg", "1"}, {"a.cls", "1"}, {"a.json", `{"label": "cat"}`}}, "[1]"},
		{[]member{{"a.json", `{"label": "cat"}`}, {"a.jpg", "1"}, {"a.cls", "1"}}, "[1]"},
		{[]member{{"a.json", `{"label": `}, {"a.cls", "1"}, {"a.jpg", "1"}}, "[1]"},
		{[]member{{"a.cls", "1"}, {"a.json", `{"labels": []}`}, {"a.jpg", "1"}}, "[1]"},
		{[]member{{"a.json", `{"labels": []}`}, {"a.jpg", "1"}, {"b.cls", "1"}, {"b.jpg", "1"}}, "[] true"},
		{[]member{{"a.jpg", "1"}}, "[]"},
	} {
		file := filepath.Join(t.TempDir(), "s.tar")
		if err := os.WriteFile(file, tarBytes(t, c.files...), 0o644); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, "tar:"+file, Options{})
		it := s.Items[0]
		got := fmt.Sprint(it.Labels())
		if it.None {
			got += " true"
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.files, got, c.want)
		}
	}
}

// A sample of many files is found again in all of them.
func TestLongSample(t *testing.T) {
	var s tarSamples
	for round := range 2 {
		for i := range 100 {
			for _, key := range []string{"a", "b"} {
				_, before := s.add(key, fmt.Sprint("x", i), int64(1000+i), 1)
				if want := int64(round * (1000 + i)); before != want {
					t.Fatalf("round %d, %s.x%d is there already at byte %d, want %d", round, key, i, before, want)
				}
			}
		}
	}
	n := 0
	for m := range s.files(&s.all[1]) {
		if m.offset != int64(1000+n) {
			t.Fatalf("file %d is at byte %d", n, m.offset)
		}
		n++
	}
	if n != 100 || len(s.all) != 2 {
		t.Errorf("%d files of %d samples", n, len(s.all))
	}
}
