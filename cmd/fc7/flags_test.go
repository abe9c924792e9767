package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/internal/usage"
)

func TestParsePixels(t *testing.T) {
	for s, want := range map[string]int{"179MP": 179e6, "0.5mp": 500000, "1234": 1234, "2e6": 2e6, "1.5MP": 1500000} {
		if n, err := parsePixels(s); err != nil || n != want {
			t.Errorf("%s: %d, %v; want %d", s, n, err, want)
		}
	}
	for _, s := range []string{"", "MP", "0", "-3MP", "many", "NaN", "Inf", "1e30", "3GP"} {
		if n, err := parsePixels(s); !usage.Is(err) {
			t.Errorf("%q: %v, %d", s, err, n)
		}
	}
	if s := megapixels(178956970); s != "179MP" {
		t.Errorf("prints as %s", s)
	}
}

// everyVerb calls do for each command that does something.
func everyVerb(do func(*cobra.Command)) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd.Runnable() && cmd.HasParent() && cmd.Name() != "help" {
			do(cmd)
		}
	}
	walk(newRoot(newConsole(&bytes.Buffer{}, &bytes.Buffer{})))
}

// freeText are the flags that take any text: files, folders, data sets, URLs, names of rows, patterns that a net is
// needed for.
var freeText = []string{
	"archives", "cache", "classes", "data", "exclude", "figures", "freeze", "from", "head", "heads", "mirror", "out", "splits", "unfreeze", "url",
	"view-cache", "weights", "weights-d", "weights-e", "x", "y",
}

// internals are words that no message for people has.
var internals = []string{"strconv", "invalid syntax", "invalid argument", "parsing", "cannot unmarshal", "looking for beginning", "0x", "panic", "%!", "pflag"}

// TestNonsense gives every flag of every verb what it cannot mean: that is a wrong call, which names the flag, and says
// nothing of the program's insides. It needs no data: what is wrong with a flag is told before anything is opened.
func TestNonsense(t *testing.T) {
	seen := 0
	everyVerb(func(cmd *cobra.Command) {
		verb := strings.Fields(cmd.CommandPath())[1:]
		cmd.InheritedFlags() // merges those of the parents
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			free := false
			for _, name := range freeText {
				free = free || f.Name == name
			}
			if free && (f.Name != "classes" || cmd.Name() != "synth") || f.Name == "help" {
				return
			}
			seen++
			for _, nonsense := range []string{"nonsense", "", "1e", "0x", "NaN", "-", "99999999999999999999x", "ü,,"} {
				code, stdout, stderr := fc7(t, append(verb, "--"+f.Name+"="+nonsense)...)
				if code != exitUsage || !strings.Contains(stderr, "--"+f.Name) || stdout != "" {
					t.Errorf("fc7 %s --%s=%s: exit status %d: %s%s", strings.Join(verb, " "), f.Name, nonsense, code, stdout, stderr)
				}
				for _, word := range internals {
					if strings.Contains(strings.ReplaceAll(stderr, nonsense, ""), word) {
						t.Errorf("fc7 %s --%s=%s says %q: %s", strings.Join(verb, " "), f.Name, nonsense, word, stderr)
					}
				}
			}
		})
	})
	if seen < 120 {
		t.Errorf("only %d flags", seen)
	}
}
