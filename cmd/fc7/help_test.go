package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// TestHelpFits: no line of help is wider than a terminal, and every word of the verb's texts stands in it.
func TestHelpFits(t *testing.T) {
	n := 0
	eachCommand(newRoot(newConsole(&bytes.Buffer{}, &bytes.Buffer{})), func(cmd *cobra.Command) {
		n++
		text := helpText(cmd)
		for line := range strings.Lines(text) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > helpColumns || strings.TrimRight(line, " ") != line {
				t.Errorf("%s: %q", cmd.CommandPath(), line)
			}
		}
		words := strings.Fields(text)
		for _, w := range strings.Fields(cmd.Long + " " + cmd.Example) {
			i := slices.Index(words, w)
			if i < 0 {
				t.Errorf("%s: %q is lost", cmd.CommandPath(), w)
				break
			}
		}
	})
	if n < 30 {
		t.Errorf("only %d verbs", n)
	}
	if out := want(t, exitDone, "svm", "--help"); out != want(t, exitDone, "help", "svm") || !strings.Contains(out, "Usage:\n  fc7 svm FEATURES… [flags]\n") {
		t.Errorf("%s", out)
	}
}

func TestFit(t *testing.T) {
	long := strings.Repeat("word ", 20)
	for text, want := range map[string]string{
		"short\nlines stay":  "short\nlines stay",
		"a\n" + long + "\nb": "a " + strings.Repeat("word ", 14) + "word\nword word word word word b",
		"  left   " + long:   "  left   " + strings.Repeat("word ", 13) + "word\n         word word word word word word",
		// what the last column goes on with is broken with it, and what is a line of its own is not
		"  left   " + long + "\n         below it\n  next   one\n\n  a   b": "  left   " + strings.Repeat("word ", 13) + "word\n         word word word word word word below it\n  next   one\n\n  a   b",
		"  left   short\n         below it":                                 "  left   short\n         below it",
		"  " + long + "\n  word":                                            "  " + strings.Repeat("word ", 14) + "word\n  word word word word word\n  word",
		"  left   " + long + "\n         a   b":                             "  left   " + strings.Repeat("word ", 13) + "word\n         word word word word word word\n         a   b",
		"  fc7 x y " + long:                                                 "  fc7 x y " + strings.Repeat("word ", 13) + "\\\n      word word word word word word word",
		"":                                                                  "",
		"  " + "x" + long[:70]:                                              "  x" + strings.TrimSpace(long[:70]),
	} {
		var got []string
		for line := range strings.SplitSeq(fit(text), "\n") {
			got = append(got, strings.TrimRight(line, " "))
		}
		if g := strings.Join(got, "\n"); g != want {
			t.Errorf("%q:\n%s\nexpected\n%s", text, g, want)
		}
	}
}
