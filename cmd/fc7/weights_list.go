package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/internal/fetch"
	"fc7/pipeline/download"
	"fc7/vgg/small"
)

func newWeightsList(c *console) *cobra.Command {
	var cache string
	cmd := &cobra.Command{
		Use: "list", Short: "the published weights that can be fetched, and which are here",
		Long: `List shows the catalogue of published VGG weights: the net each holds, who published it, its
licence, its size (estimated from the net where the publisher tells none), how a download is
checked (sha256[8]: its first 8 digits), and whether it is in the cache. --json adds URLs, digests and what vouches for them.

` + cacheHelp,
		Example: "  fc7 weights list\n  fc7 weights list --json",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			all, err := download.List(cache)
			if err != nil {
				return err
			}
			return c.result(all, func() error { return printList(c, all) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&cache, "cache", "", "folder of the cache")
	return cmd
}

func printList(c *console, all []download.Listed) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "name\tnet\tformat\tsize\tcheck\tcached\tsource\tlicence")
	for _, l := range all {
		check, size, cached := "first use", "-", "-"
		if len(l.Digests) > 0 {
			check = l.Digests[0].Algorithm
			if l.Digests[0].Partial() {
				check += fmt.Sprintf("[%d]", len(l.Digests[0].Hex))
			}
		}
		if n := max(l.Bytes, l.Size); n > 0 {
			size = fetch.Bytes(n)
		} else if n := l.About(); n > 0 {
			size = "about " + fetch.Bytes(n)
		}
		if l.Cached != "" {
			cached = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Name, orDash(l.Net), orDash(l.Format), size, check, cached, orDash(l.Source), orDash(l.Licence))
	}
	err := w.Flush()
	c.printf("%s ships with fc7 and is what commands take without --weights: a narrow net that fc7 trained on Caltech-101\n", small.Name)
	return err
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
