package weights

import (
	"strings"
	"testing"
)

func TestHeaderKeepsOrderAndNames(t *testing.T) {
	const header = ` {"b":{"shape":[2,3],"data_offsets":[4,10],"dtype":"I8"},` +
		`"a\n\u00fc":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__metadata__":{"k":"v","":""}}` + "  \n"
	entries, metadata, err := parseSafetensorsHeader([]byte(header))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[0].name != "b" || entries[1].name != "a\nü" {
		t.Fatalf("got %+v", entries)
	}
	b := entries[0]
	if b.dtype != I8 || len(b.shape) != 2 || b.shape[1] != 3 || b.begin != 4 || b.end != 10 {
		t.Errorf("got %+v", b)
	}
	if len(metadata) != 2 || metadata["k"] != "v" {
		t.Errorf("got %v", metadata)
	}
}

// A foreign name of any length must not fill the terminal.
func TestHeaderErrorsStayShort(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, header := range []string{
		`{"` + long + `":{}}`, `{"w":{"` + long + `":1}}`, `{"w":{"dtype":"` + long + `"}}`, `{"w":{"shape":"` + long + `"}}`,
		`{"w":{"dtype":` + strings.Repeat("1", 1<<20) + `}}`, `{"w":{"shape":[` + strings.Repeat("1", 1<<20) + `]}}`,
	} {
		_, _, err := parseSafetensorsHeader([]byte(header))
		if err == nil || len(err.Error()) > 700 {
			t.Errorf("header %.20s: %d bytes of message", header, len(err.Error()))
		}
	}
}
