package readjson

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"fc7/internal/hostile"
)

func FuzzText(f *testing.F) { textTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { textTarget().Test(t, "FuzzText") }

// textTarget reads JSON by every way in: what is refused is so in few words, and what is taken is what encoding/json
// takes.
func textTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts(
			`{"a":1,"b":["x","y"],"c":{"d":{"e":[1,2.5,null,true]}}}`, `{}`, "{\n  \"a\": -3,\n  \"b\": [],\n  \"c\": {\"\\u00e9\": \"\\ud83d\\ude00\"}\n}\n", `{"b":["`+"\u00fc"+`"]}`, `{"a":"x"}`, `{"a":1,"a":2}`, `null`,
			` [1, 2.5e-3, "x", {"a": {}}] `, `{"c":{"":[[],[{}]]},"b":[]}`, `{"a":-0,"b":["\\","\"","\/"]}`,
		),
		Words: []string{`{`, `}`, `[`, `]`, `:`, `,`, `"`, `\u0000`, `\ud800`, `null`, `true`, `1e400`, `-0`, `"a"`, `"b"`, `"a":1,"a":2`, `//`, "\xff", "\n"},
		Alloc: func(n int) uint64 { return 2<<20 + 2000*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			var to struct {
				A int            `json:"a"`
				B []string       `json:"b"`
				C map[string]any `json:"c"`
			}
			err := Text(file, &to)
			for _, e := range []error{err, Strict(file, new(map[string]int)), Check(file)} {
				if e != nil && (len(e.Error()) > 1000 || !utf8.ValidString(e.Error())) {
					r.Errorf("an error of %d bytes: %.100q", len(e.Error()), e)
				}
			}
			if Check(file) == nil && !json.Valid(file) {
				r.Errorf("checked, and not valid")
			}
			r.Int(to.A, len(to.C))
			r.Text(to.B...)
			return err
		},
	}
}
