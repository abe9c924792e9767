package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadme: every fc7 command line of the README has a verb and flags that exist.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(newConsole(&bytes.Buffer{}, &bytes.Buffer{}))
	lines := regexp.MustCompile("(?m)(?:^bin/|`)fc7 ([^`\n]*)").FindAllStringSubmatch(string(text), -1)
	if len(lines) < 8 {
		t.Fatalf("only %d command lines found", len(lines))
	}
	for _, l := range lines {
		cmd, rest, err := root.Find(strings.Fields(l[1]))
		if strings.HasPrefix(l[1], "help ") {
			cmd, rest, err = root.Find(strings.Fields(l[1])[1:])
		}
		if err != nil || cmd == root {
			t.Errorf("fc7 %s: no such verb", l[1])
			continue
		}
		for _, a := range rest {
			name, isFlag := strings.CutPrefix(a, "--")
			if isFlag && name != "help" && cmd.Flags().Lookup(name) == nil {
				t.Errorf("fc7 %s: no flag --%s", l[1], name)
			}
		}
	}
}
