package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestExamples: the parser takes the flags, their values and the arguments of every example of help.
func TestExamples(t *testing.T) {
	word := regexp.MustCompile(`(?:'[^']*'|"[^"]*"|[^\s'"])+`)
	n := 0
	everyVerb(func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Example) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " > ")
			line, _, _ = strings.Cut(line, " | ")
			line = strings.Replace(line, "DIGEST", strings.Repeat("0", 64), 1)
			rest, ok := strings.CutPrefix(line, cmd.CommandPath()+" ")
			if !ok {
				continue
			}
			var args []string
			for _, w := range word.FindAllString(rest, -1) {
				args = append(args, strings.NewReplacer(`'`, "", `"`, "").Replace(w))
			}
			n++
			own, args, err := newRoot(newConsole(&bytes.Buffer{}, &bytes.Buffer{})).Find(append(strings.Fields(cmd.CommandPath())[1:], args...))
			if err != nil || !strings.HasPrefix(own.CommandPath(), cmd.CommandPath()) {
				t.Errorf("%s: found %s, %v", line, own.CommandPath(), err)
				continue
			}
			if err := own.ParseFlags(args); err != nil {
				t.Errorf("%s: %v", line, err)
			} else if err := own.ValidateArgs(own.Flags().Args()); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	})
	if n < 30 {
		t.Errorf("only %d examples", n)
	}
}
