package readjson

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fc7/internal/usage"
)

// side is a type that is read from a word.
type side int

func (s *side) UnmarshalText(b []byte) error {
	if string(b) != "left" {
		return usage.Unknown("side", string(b), "left")
	}
	*s = 1
	return nil
}

type Outer struct {
	Depth int `json:"depth"`
}

type record struct {
	*Outer
	Name   string          `json:"name"`
	Done   bool            `json:"done"`
	Count  int             `json:"count"`
	Size   uint8           `json:"size"`
	Share  float64         `json:"share"`
	List   []float64       `json:"list"`
	Inner  struct{ X int } `json:"inner"`
	Reason map[int]string  `json:"reason"`
	Side   side            `json:"side"`
}

// TestWords: whatever is wrong with a text is told by field, what was expected and what was found, without a word of
// the decoder's.
func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		``:                                "expected JSON, found nothing: the text is empty",
		" \n":                             "expected JSON, found nothing: the text is empty",
		`{"name": "a", `:                  "expected more after 14 bytes of JSON, found the end: the text is cut off",
		`{"name": "a`:                     "expected more after 11 bytes of JSON, found the end: the text is cut off",
		"{\n \"name\": \"a\"\n\"done\"}":  `expected a comma or }, found "\"done\"}" in line 3, column 1`,
		`{"name" "a"}`:                    `expected a colon, found "\"a\"}" in line 1, column 9`,
		`{name: "a"}`:                     `expected a name in quotes, found "name: \"a\"}" in line 1, column 2`,
		`{"list": [1 2]}`:                 `expected a comma or ], found "2]}" in line 1, column 13`,
		`{"list": [,]}`:                   `expected a value, found ",]}" in line 1, column 11`,
		`{} {"name": "one more of them"}`: `expected the end, found "{\"name\": \"one mo"… in line 1, column 4`,
		"\x00\x00":                        `expected a value, found "\x00\x00" in line 1, column 1`,
		`{"done": tru}`:                   `expected JSON, found "}" in line 1, column 13`,
		"{\"name\": \"a\n\"}":             `expected JSON, found the end of the line in line 1, column 12`,
		`[]`:                              "expected an object, found a list",
		`"a"`:                             "expected an object, found text",
		`{"name": 7}`:                     "field name: expected text, found a number",
		`{"done": "yes"}`:                 "field done: expected true or false, found text",
		`{"count": 1.5}`:                  "field count: expected a whole number, found 1.5",
		`{"size": -1}`:                    "field size: expected a whole number of 0 or more, found -1",
		`{"share": true}`:                 "field share: expected a number, found true or false",
		`{"list": {"a": 1}}`:              "field list: expected a list, found an object",
		`{"inner": {"X": []}}`:            "field inner.X: expected a whole number, found a list",
		`{"depth": "1"}`:                  "field depth: expected a whole number, found text",
		`{"inner": 3}`:                    "field inner: expected an object, found a number",
		`{"reason": {"x": "y"}}`:          "field reason: expected a whole number, found x",
		`{"side": {}}`:                    "field side: expected text, found an object",
		`{"side": "rigth"}`:               `unknown side "rigth": expected left`,
	} {
		var r record
		err := Text([]byte(text), &r)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
		if usage.Is(err) {
			t.Errorf("%q: what a file says is not wrong usage", text)
		}
		strict := Strict([]byte(text), &r)
		if strict == nil || strict.Error() != want {
			t.Errorf("%q, strictly: %v\nwant %s", text, strict, want)
		}
	}
	var kind *json.UnmarshalTypeError
	if err := Text([]byte(`[]`), new(record)); !errors.As(err, &kind) {
		t.Errorf("%v is not the decoder's error any more", err)
	}
}

func TestStrict(t *testing.T) {
	var r record
	if err := Strict([]byte(`{"name": "a", "inner": {"X": 3}, "side": "left"}`), &r); err != nil || r.Name != "a" || r.Inner.X != 3 || r.Side != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := Strict([]byte(`{"nam": "a"}`), &r); err == nil || err.Error() != `unknown field "nam"` {
		t.Error(err)
	}
	if err := Text([]byte(`{"nam": "b"}`), &r); err != nil || r.Name != "a" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	if err := File(path, 10, new(record)); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Error(err)
	}
	for text, want := range map[string]string{
		`{"count":3}`: path + ": larger than 10 bytes, which none that fc7 writes is",
		`{"count":`:   path + ": expected more after 9 bytes of JSON, found the end: the text is cut off",
		`[3]`:         path + ": expected an object, found a list",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := File(path, 10, new(record)); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
	var r record
	if err := os.WriteFile(path, []byte(`{"count":3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := File(path, 11, &r); err != nil || r.Count != 3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestTwice: a file without a seal may have no name twice in one object; with one, any change is told.
func TestTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	for text, want := range map[string]string{
		`{"a": 1, "b": [{"a": 1}, {"a": 2}], "c": {"a": {"a": 1}}}`: "",
		`{"a": 1, "b": 2, "a": 1}`:                                  "field a is there twice",
		`{"c": [1, {"x": [], "x": 1}]}`:                             "field x is there twice",
		"{\n  \"a\": 1,\n  \"fc7.sha256\": \"0\"\n}\n":              "the file is damaged",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var to map[string]any
		if err := File(path, 1000, &to); (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}
