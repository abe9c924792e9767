package main

import (
	"fmt"
	"strings"
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
		Long: `List shows the catalogue of published VGG weights: the net each holds, its size (estimated
from the net where the publisher tells none), whether it is in the cache, its published accuracy
on the validation images of ILSVRC-2012 in percent (top-1 and top-5; -: none is told), how images
are prepared for it, how a download is checked (sha256[8]: its first 8 digits), its format, its
licence and who published it. Most tell the accuracy of one crop; that of the authors' files is
the paper's, dense at three scales, and not to be compared with the others. --json adds how it
was measured and who tells it, URLs, digests and what vouches for them.

'fc7 weights fetch NAME' brings one; --weights NAME then takes it, and so does every verb to
which no --weights is given, if $FC7_WEIGHTS is NAME.

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
	fmt.Fprintln(w, "name\tnet\tsize\tcached\ttop-1\ttop-5\timages as\tcheck\tformat\tlicence\tsource")
	for _, l := range all {
		cached, top1, top5 := "-", "-", "-"
		if l.Cached != "" {
			cached = "yes"
		}
		if a := l.Accuracy; a != nil {
			top1, top5 = fmt.Sprintf("%.1f", a.Top1), fmt.Sprintf("%.1f", a.Top5)
		}
		fmt.Fprintln(w, strings.Join([]string{
			l.Name, orDash(l.Net), sizeOf(l), cached, top1, top5, orDash(l.Preprocess), checkOf(l), orDash(l.Format), orDash(l.Licence), orDash(l.Source),
		}, "\t"))
	}
	err := w.Flush()
	c.printf("%s ships with fc7 and is what commands take without --weights or $%s: a narrow net that fc7 trained on Caltech-101\n", small.Name, weightsVariable)
	return err
}

// sizeOf is how large a file is, or about how large.
func sizeOf(l download.Listed) string {
	if n := max(l.Bytes, l.Size); n > 0 {
		return fetch.Bytes(n)
	} else if n := l.About(); n > 0 {
		return "about " + fetch.Bytes(n)
	}
	return "-"
}

// checkOf is how a download is checked.
func checkOf(l download.Listed) string {
	if len(l.Digests) == 0 {
		return "first use"
	}
	d := l.Digests[0]
	if d.Partial() {
		return fmt.Sprintf("%s[%d]", d.Algorithm, len(d.Hex))
	}
	return d.Algorithm
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
