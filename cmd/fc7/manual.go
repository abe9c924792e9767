package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"fc7/internal/atomicfile"
	"fc7/internal/usage"
)

// Formats of the manual.
const (
	manualMan      = "man"
	manualMarkdown = "markdown"
)

func newManual(c *console) *cobra.Command {
	format, force := manualMan, false
	cmd := &cobra.Command{
		Use: "manual OUT", Short: "the help of all verbs as man pages, or as Markdown",
		Long: `Manual writes the help of each verb into the folder OUT: as pages for man (fc7.1, fc7-extract.1,
…), which 'make install' puts where man finds them, or with --format markdown as verbs/*.md and,
for each kind of data set, datasets/*.md, which are those below docs/ of the repository ('make
docs'). The pages depend on this fc7 alone: the same bytes wherever it is run.`,
		Example: "  fc7 manual /tmp/man\n  fc7 manual --format markdown docs --force",
		Args:    exactly("OUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			pages := manPages(cmd.Root())
			if format == manualMarkdown {
				pages = markdownPages(cmd.Root())
			}
			if err := (target{name: "OUT", path: args[0]}).folder(); err != nil {
				return err
			}
			if err := writePages(args[0], pages, force); err != nil {
				return err
			}
			return c.result(map[string]any{"out": args[0], "pages": len(pages)}, func() error {
				c.printf("%s in %s\n", counted(len(pages), "page"), args[0])
				return nil
			})
		},
	}
	flag(cmd.Flags(), &format, "format", "string", format, oneOf("format", manualMan, manualMarkdown), usage.OneOf([]string{manualMan, manualMarkdown}))
	forceFlag(cmd, &force)
	return cmd
}

// writePages writes files into a folder, by their paths below it.
func writePages(out string, pages map[string]string, force bool) error {
	names := slices.Sorted(maps.Keys(pages))
	for _, name := range names {
		path := filepath.Join(out, filepath.FromSlash(name))
		if _, err := os.Lstat(path); err == nil && !force {
			return target{name: "OUT", path: path}.there("folder")
		}
	}
	for _, name := range names {
		path := filepath.Join(out, filepath.FromSlash(name))
		if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		if err := atomicfile.WriteBytes(path, []byte(pages[name]), force); err != nil {
			return err
		}
	}
	return nil
}

// hasPage tells whether a verb, or a topic of the help, has a page, if those that it is below have.
func hasPage(cmd *cobra.Command) bool {
	return (cmd.IsAvailableCommand() || cmd.IsAdditionalHelpTopicCommand()) && cmd.Name() != "help" && cmd.Name() != "completion"
}

// documented calls do for each verb that has a page, and for the program itself, in the order of help.
func documented(root *cobra.Command, do func(*cobra.Command)) {
	eachCommand(root, func(cmd *cobra.Command) {
		for c := cmd; c.HasParent(); c = c.Parent() {
			if !hasPage(c) {
				return
			}
		}
		cmd.InitDefaultHelpFlag() // as of a verb that is called
		cmd.InheritedFlags()
		do(cmd)
	})
}
