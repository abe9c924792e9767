package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// helpColumns are those that no line of help exceeds: the width of a terminal as it opens.
const helpColumns = 80

// fitHelp makes every verb show its help within helpColumns.
func fitHelp(root *cobra.Command) {
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := io.WriteString(cmd.OutOrStderr(), usageText(cmd))
		return err
	})
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		_, _ = io.WriteString(cmd.OutOrStdout(), helpText(cmd)) // the console keeps the error of writing
	})
}

// helpText is what a verb says of itself.
func helpText(cmd *cobra.Command) string {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	text = fit(strings.TrimSpace(text)) + "\n"
	if cmd.Runnable() || cmd.HasSubCommands() {
		text += "\n" + usageText(cmd)
	}
	return text
}

// usageText is how a verb is called: usage, examples, verbs below it, flags.
func usageText(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString("Usage:\n")
	for _, l := range usageLines(cmd) {
		b.WriteString("  " + l + "\n")
	}
	part := func(title, text string) {
		if text = strings.Trim(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", title, text)
		}
	}
	part("Examples", fit(cmd.Example))
	part("Verbs", verbsText(cmd, (*cobra.Command).IsAvailableCommand))
	part("Flags", fit(cmd.LocalFlags().FlagUsages()))
	part("Flags of all verbs", fit(cmd.InheritedFlags().FlagUsages()))
	part("Further help", verbsText(cmd, (*cobra.Command).IsAdditionalHelpTopicCommand))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n'%s VERB --help' tells more of a verb.\n", cmd.CommandPath())
	}
	return b.String()
}

// usageLines are the forms in which a verb may be called.
func usageLines(cmd *cobra.Command) (lines []string) {
	if cmd.Runnable() {
		lines = append(lines, cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		lines = append(lines, cmd.CommandPath()+" VERB")
	}
	return lines
}

// verbsText lists those verbs below one that are of a sort.
func verbsText(cmd *cobra.Command, of func(*cobra.Command) bool) string {
	width := 0
	for _, v := range cmd.Commands() {
		if of(v) {
			width = max(width, len(v.Name()))
		}
	}
	text := ""
	for _, v := range cmd.Commands() {
		if of(v) {
			text += fmt.Sprintf("  %-*s  %s\n", width, v.Name(), v.Short)
		}
	}
	return fit(text)
}

// fit breaks what is longer than helpColumns: paragraphs anew, as a whole; lines of a table below their last column;
// and commands so that a shell still takes them as one.
func fit(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var out []string
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && goesOn(lines[i], lines[end]) {
			end++
		}
		out = append(out, fitLines(lines[i:end])...)
		i = end
	}
	return strings.Join(out, "\n")
}

// isProse tells whether a line is of a paragraph, and not of a table, an example or a gap.
func isProse(line string) bool { return line != "" && line[0] != ' ' }

// goesOn tells whether a line goes on with next: a paragraph with prose, and the last column of a table with what
// stands below it alone.
func goesOn(line, next string) bool {
	if isProse(line) {
		return isProse(next)
	}
	below, at := indentOf(next), lastColumn(line)
	return at > len(indentOf(line)) && utf8.RuneCountInString(line[:at]) == len(below) && next != below && !strings.Contains(next[len(below):], "  ")
}

// fitLines is fit of a paragraph, or of a line of a table with what its last column goes on with.
func fitLines(lines []string) []string {
	wide := false
	for _, l := range lines {
		wide = wide || utf8.RuneCountInString(l) > helpColumns
	}
	switch first := lines[0]; {
	case !wide:
		return lines
	case isProse(first):
		return wrapped(strings.Fields(strings.Join(lines, " ")), "", "", "")
	case strings.HasPrefix(strings.TrimSpace(first), "fc7 "):
		begin := indentOf(first)
		return wrapped(strings.Fields(first), begin, begin+"    ", ` \`)
	default:
		for _, l := range lines[1:] {
			first += " " + strings.TrimSpace(l)
		}
		return wrapLast(first)
	}
}

// indentOf is the space that a line begins with.
func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " "))] }

// mostIndent is the column from which a line of a table is not continued any more: there would be little room.
const mostIndent = 44

// lastColumn is where the last column of a line of a table begins; where there is one alone, or would be little room,
// behind the indent.
func lastColumn(line string) int {
	at := len(indentOf(line))
	if gap := strings.Index(line[at:], "  "); gap >= 0 {
		if end := at + gap + len(indentOf(line[at+gap:])); utf8.RuneCountInString(line[:end]) < mostIndent {
			return end
		}
	}
	return at
}

// wrapLast breaks the last column of a line of a table, which goes on below its beginning.
func wrapLast(line string) []string {
	at := lastColumn(line)
	head, body := line[:at], line[at:]
	return wrapped(strings.Fields(body), head, strings.Repeat(" ", utf8.RuneCountInString(head)), "")
}

// wrapped puts words into lines of helpColumns, which begin with first, the others with next, and end with on where
// another follows.
func wrapped(words []string, first, next, on string) (lines []string) {
	line, empty := first, true
	for _, w := range words {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w)+len(on) > helpColumns {
			lines = append(lines, line+on)
			line, empty = next, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+w, false
	}
	return append(lines, line)
}
