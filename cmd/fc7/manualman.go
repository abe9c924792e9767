package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manPages are the pages of section 1, by their file's name; in the language of groff's man(7).
func manPages(root *cobra.Command) map[string]string {
	pages := map[string]string{}
	documented(root, func(cmd *cobra.Command) { pages[pageName(cmd)+".1"] = manPage(cmd) })
	return pages
}

// pageName is fc7-dataset-fetch.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" fc7 \"fc7 manual\"\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n", strings.ToUpper(roff(pageName(cmd))), roff(pageName(cmd)), roff(cmd.Short))
	for _, l := range usageLines(cmd) {
		b.WriteString(roffLine(l) + "\n")
	}
	fmt.Fprintf(&b, ".fi\n.SH DESCRIPTION\n%s", roffText(cmd.Long))
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n%s", roffText(strings.TrimRight(cmd.Example, "\n")))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, ".SH VERBS\n%s", roffText(verbsText(cmd, (*cobra.Command).IsAvailableCommand)))
	}
	for _, part := range []struct {
		title string
		flags *pflag.FlagSet
	}{{"FLAGS", cmd.LocalFlags()}, {"FLAGS OF ALL VERBS", cmd.InheritedFlags()}} {
		if part.flags.HasAvailableFlags() {
			fmt.Fprintf(&b, ".SH %s\n", part.title)
			part.flags.VisitAll(func(f *pflag.Flag) {
				if !f.Hidden {
					name, what := flagCells(f)
					fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(name), roffLine(what))
				}
			})
		}
	}
	if cmd.HasParent() {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(pageName(cmd.Parent())))
	}
	return b.String()
}

// flagCells are a flag as it is typed, and its help with the default, as pflag puts them.
func flagCells(f *pflag.Flag) (name, what string) {
	one := pflag.NewFlagSet("", pflag.ContinueOnError)
	one.AddFlag(f)
	line := strings.TrimSpace(one.FlagUsages())
	name, what, _ = strings.Cut(line, "   ")
	return name, strings.TrimSpace(what)
}

// roff writes text as itself, in ASCII, which every roff reads.
func roff(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r > 126:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// roffLine is roff of a line, which is no request either.
func roffLine(s string) string {
	if s = roff(s); strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}
	return s
}

// roffText keeps the lines of tables and examples, and lets man fill paragraphs.
func roffText(text string) string {
	var b strings.Builder
	table := false
	for line := range strings.SplitSeq(text, "\n") {
		if now := strings.HasPrefix(line, " "); now != table && line != "" {
			table = now
			b.WriteString(map[bool]string{true: ".nf\n", false: ".fi\n"}[table])
		}
		if line == "" {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(roffLine(line) + "\n")
	}
	if table {
		b.WriteString(".fi\n")
	}
	return b.String()
}
