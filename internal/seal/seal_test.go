package seal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestEveryByte: another byte anywhere, a byte more or less at the end, is told, but for one in the field's own name,
// which makes a text without a seal of one that says the same.
func TestEveryByte(t *testing.T) {
	for _, v := range []any{map[string]any{"a": 1.5, "b": []string{"x", `"fc7.sha256": "`}}, map[string]any{}} {
		plain := indented(t, v)
		text, err := Add(plain)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(text) {
			t.Errorf("no JSON:\n%s", text)
		}
		again, sealed, err := Open(text)
		var was, now any
		if err != nil || !sealed || json.Unmarshal(again, &now) != nil || json.Unmarshal(plain, &was) != nil || !bytes.Equal(indented(t, now), indented(t, was)) {
			t.Errorf("%s is read back as %s, %v, %v", plain, again, sealed, err)
		}
		name := bytes.LastIndex(text, []byte("\""+field+"\":"))
		for at := range text {
			for bit := range 8 {
				spoilt := bytes.Clone(text)
				spoilt[at] ^= 1 << bit
				_, sealed, err := Open(spoilt)
				if in := at >= name && at < name+len(field)+3; err == nil && (sealed || !in) {
					t.Fatalf("byte %d, bit %d: %q is believed", at, bit, spoilt)
				}
			}
		}
		for n := range len(text) {
			if _, sealed, err := Open(text[:n]); err == nil && (sealed || json.Valid(text[:n])) {
				t.Errorf("the first %d bytes are believed", n)
			}
		}
		if _, _, err := Open(append(bytes.Clone(text), '\n')); err == nil {
			t.Error("a line more is believed")
		}
	}
}

// TestUnsealed: texts of earlier versions are what they are, one that another program wrote again is not.
func TestUnsealed(t *testing.T) {
	old := []byte("{\n  \"a\": \"fc7.sha256\"\n}\n")
	if text, sealed, err := Open(old); err != nil || sealed || !bytes.Equal(text, old) {
		t.Errorf("%s, %v, %v", text, sealed, err)
	}
	text, err := Add(old)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(compact.Bytes()); err == nil || !strings.Contains(err.Error(), "changed by another program") {
		t.Errorf("a text in another form: %v", err)
	}
	for _, none := range []string{"[]\n", "1\n", "", "{\"a\":1}"} {
		if _, err := Add([]byte(none)); err == nil {
			t.Errorf("%q was sealed", none)
		}
	}
}
