package main

import (
	"bytes"
	"strings"
	"testing"

	"fc7/heads/protocol"
)

// TestLongTime: a time that is too long is told to be so, and not to be none.
func TestLongTime(t *testing.T) {
	for _, s := range []string{"999999999h", "900000h", "0s", "-1s", "x"} {
		if d, err := someTime(s); err == nil || !strings.Contains(err.Error(), "of at most 876000h") {
			t.Errorf("%s: %v, %v", s, d, err)
		}
	}
	if d, err := someTime("876000h"); err != nil || d != mostTime {
		t.Errorf("%v, %v", d, err)
	}
}

// TestLongClassNames: one long name does not pad all lines to its width.
func TestLongClassNames(t *testing.T) {
	var out bytes.Buffer
	r := &protocol.Result{Splits: []protocol.Split{{}}, Classes: []protocol.Class{{Name: strings.Repeat("x", 300)}, {Name: "cat"}}}
	printHeadClasses(&console{out: &results{w: &out}}, r, nil)
	for line := range strings.Lines(out.String()) {
		if len(line) > 110 {
			t.Errorf("a line of %d bytes: %.20q…", len(line), line)
		}
	}
}
