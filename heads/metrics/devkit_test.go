package metrics

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestResultsThereAndBack(t *testing.T) {
	for _, in := range [][]Result{
		{{Image: "000001", Confidence: 0.1}, {Image: "000002", Confidence: -1.0 / 3}, {Image: "2008_000003", Confidence: 1e-17}},
		{{Image: "2011_000001", Object: 1, Confidence: 5}, {Image: "2011_000001", Object: 2, Confidence: -5e10}},
	} {
		var b bytes.Buffer
		if err := WriteResults(&b, in); err != nil {
			t.Fatal(err)
		}
		out, err := ReadResults(&b, "results")
		if err != nil || !reflect.DeepEqual(in, out) {
			t.Error(out, err)
		}
	}
}

func TestReadResultsOfOthers(t *testing.T) {
	got, err := ReadResults(strings.NewReader("000004 0.702732\r\n\r\n000006\t-3.5e-01  \r\n"), "comp1_cls_test_car.txt")
	want := []Result{{Image: "000004", Confidence: 0.702732}, {Image: "000006", Confidence: -0.35}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Error(got, err)
	}
}

func TestBadResultFiles(t *testing.T) {
	for text, want := range map[string]string{
		"000001\n":                        "line 1 has 1 fields",
		"000001 1\n000002 1 2\n":          "line 2 has 3 fields",
		"000001 x\n":                      `confidence "x"`,
		"000001 nan\n":                    `confidence "nan"`,
		"000001 0 1\n":                    `object "0"`,
		strings.Repeat("a", maxLine) + "": "token too long",
	} {
		if _, err := ReadResults(strings.NewReader(text), "f.txt"); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "f.txt") {
			t.Errorf("%.40q: error %v, expected %q", text, err, want)
		}
	}
	for _, r := range []Result{{Image: "two words"}, {Image: ""}, {Image: "a", Confidence: math.NaN()}, {Image: "a", Confidence: math.Inf(1)}} {
		if err := WriteResults(io.Discard, []Result{r}); err == nil {
			t.Errorf("%+v was written", r)
		}
	}
}

func TestMissingResultsAreNotWritten(t *testing.T) {
	var b bytes.Buffer
	if err := WriteResults(&b, []Result{{Image: "a", Confidence: never}, {Image: "b", Confidence: 2}}); err != nil || b.String() != "b 2\n" {
		t.Error(b.String(), err)
	}
}

func TestAlign(t *testing.T) {
	list := []Key{{"a", 0}, {"b", 0}, {"c", 0}}
	got, err := Align([]Result{{Image: "c", Confidence: 1}, {Image: "a", Confidence: -2}}, list)
	if err != nil || !reflect.DeepEqual(got, []float64{-2, never, 1}) {
		t.Error(got, err)
	}
	for _, bad := range [][]Result{{{Image: "d"}}, {{Image: "a"}, {Image: "a"}}, {{Image: "a", Object: 1}}} {
		if _, err := Align(bad, list); err == nil {
			t.Errorf("%v passed", bad)
		}
	}
	if _, err := Align(nil, []Key{{"a", 2}, {"a", 2}}); err == nil || !strings.Contains(err.Error(), "a object 2") {
		t.Error(err)
	}
}

func TestFileNames(t *testing.T) {
	if got := ClassificationFile(1, "test", "aeroplane"); got != "comp1_cls_test_aeroplane.txt" {
		t.Error(got)
	}
	if got := ClassificationFile(2, "test", "x/../../../y"); got != "comp2_cls_test_x%2f..%2f..%2f..%2fy.txt" {
		t.Errorf("%s", got)
	}
	if got := ActionFile(9, "..", `a\nul`); got != "comp9_action_.._a%5cnul.txt" {
		t.Errorf("%s", got)
	}
	if got := ActionFile(9, "val", "jumping"); got != "comp9_action_val_jumping.txt" {
		t.Error(got)
	}
}
