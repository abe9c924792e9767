package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/datasets"
	"fc7/heads/protocol"
	"fc7/internal/catalogue"
)

// made says where a page comes from, below its title.
const made = "<!-- made by 'make docs' from the help of fc7: change the help -->\n\n"

// markdownPages are a page for each verb and each kind of data set, and lists of both.
func markdownPages(root *cobra.Command) map[string]string {
	pages := map[string]string{}
	list := "# Verbs\n\n" + made + "The help of each verb; `fc7 VERB --help` shows the same.\n\n| verb | what |\n| --- | --- |\n"
	documented(root, func(cmd *cobra.Command) {
		name := pageName(cmd) + ".md"
		pages["verbs/"+name] = markdownPage(cmd)
		list += fmt.Sprintf("| [%s](%s) | %s |\n", cmd.CommandPath(), name, markdown(cmd.Short))
	})
	pages["verbs/README.md"] = list
	list = "# Data sets\n\n" + made + "Wherever a verb takes DATASET, it is KIND:PATH.\n\n| kind | what |\n| --- | --- |\n"
	for _, k := range datasets.Kinds() {
		name := strings.ReplaceAll(k.Name, ":", "-") + ".md"
		pages["datasets/"+name] = kindPage(k)
		list += fmt.Sprintf("| [%s](%s) | %s |\n", k.Name, name, markdown(k.Summary))
	}
	pages["datasets/README.md"] = list
	return pages
}

func markdownPage(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s%s\n", cmd.CommandPath(), made, markdownText(cmd.Long))
	if cmd.Runnable() || cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n## Usage\n\n```\n%s\n```\n", strings.Join(usageLines(cmd), "\n"))
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\n## Examples\n\n```\n%s\n```\n", outdent(cmd.Example))
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\n## Verbs\n\n| verb | what |\n| --- | --- |\n")
		for _, v := range cmd.Commands() {
			if v.IsAvailableCommand() && hasPage(v) {
				fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", v.Name(), pageName(v), markdown(v.Short))
			}
		}
	}
	flagTable(&b, "Flags", cmd.LocalFlags())
	flagTable(&b, "Flags of all verbs", cmd.InheritedFlags())
	return b.String()
}

func flagTable(b *strings.Builder, title string, flags *pflag.FlagSet) {
	rows := ""
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			name, what := flagCells(f)
			rows += fmt.Sprintf("| `%s` | %s |\n", name, strings.ReplaceAll(markdown(what), "|", `\|`))
		}
	})
	if rows != "" {
		fmt.Fprintf(b, "\n## %s\n\n| flag | what |\n| --- | --- |\n%s", title, rows)
	}
}

// kindPage is the page of a kind of data set.
func kindPage(k datasets.KindInfo) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s%s.\n\n```\n%s\n```\n\n```\nfc7 dataset inspect %s\nfc7 extract %s --out runs/mine\n```\n", k.Name, made, markdown(k.Summary), k.Tree, k.Example, k.Example)
	if text := published(k); text != "" {
		fmt.Fprintf(&b, "\n%s.\n", strings.TrimSpace(strings.Replace(text, "published: ", "Published: ", 1)))
	}
	for _, o := range k.Options {
		fmt.Fprintf(&b, "\n- %s\n", markdown(optionText(o)))
	}
	for _, s := range catalogue.AllDataSets() {
		if s.Kind == k.Name {
			fmt.Fprintf(&b, "\n`fc7 dataset fetch %s --out /data` brings %s (licence: %s).\n", s.Name, markdown(s.Title), markdown(s.Licence))
		}
	}
	for _, p := range protocol.Protocols() {
		if p.Kind == k.Name {
			fmt.Fprintf(&b, "\nIts protocol is `%s`: [fc7 svm](../verbs/fc7-svm.md).\n", p.Name)
		}
	}
	b.WriteString("\nWhich images, classes, boxes and splits are taken is chosen by the flags of [fc7 extract](../verbs/fc7-extract.md).\n")
	return b.String()
}

// markdown writes a line of text as itself.
func markdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "]", `\]`).Replace(s)
}

// markdownText makes paragraphs of paragraphs, and blocks of code of tables and trees.
func markdownText(text string) string {
	var out []string
	table := false
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		// A gap within a table is of it.
		is := strings.HasPrefix(line, " ") || line == "" && table && i+1 < len(lines) && strings.HasPrefix(lines[i+1], " ")
		switch {
		case is && !table:
			out = append(out, "", "```")
		case !is && table:
			out = append(out, "```", "")
		}
		if table = is; !table {
			line = markdownLine(line)
		}
		out = append(out, line)
	}
	if table {
		out = append(out, "```")
	}
	return strings.TrimSpace(collapsed(strings.Join(out, "\n")))
}

// markdownLine is markdown of a line, which begins no list or title.
func markdownLine(s string) string {
	if s = markdown(s); s != "" && strings.ContainsRune("-+#>", rune(s[0])) {
		return `\` + s
	}
	return s
}

// collapsed leaves one empty line where there are several.
func collapsed(s string) string {
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return s
}

// outdent takes the space off that examples of help begin with.
func outdent(s string) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		out = append(out, strings.TrimPrefix(line, "  "))
	}
	return strings.Join(out, "\n")
}
