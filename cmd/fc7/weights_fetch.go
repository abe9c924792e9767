package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/internal/fetch"
	"fc7/internal/origin"
	"fc7/internal/usage"
	"fc7/pipeline/download"
)

const cacheHelp = `The cache is --cache, or $FC7_CACHE/weights, or fc7/weights in the platform's cache folder
(~/.cache, ~/Library/Caches, %LocalAppData%).`

func newWeightsFetch(c *console) *cobra.Command {
	var j download.WeightsJob
	cmd := &cobra.Command{
		Use: "fetch NAME", Short: "download published weights into the cache, verified",
		Long: `Fetch downloads weights of the catalogue ('fc7 weights list') into a cache, or verifies those
that are there. Afterwards NAME can stand wherever --weights takes a file.

A broken download goes on where it was cut, also in a later call. The file gets its name
only when its digest is right: the published SHA-256, SHA-1 or MD5, or the first 8 digits of
the SHA-256 where the publisher gives no more. Where no digest is published, the one of the
first download is recorded, and later ones must have the same.

With --url any other file can be fetched under a name of your own. Without a connection,
the message says which URL to download elsewhere and where to put the file.

` + cacheHelp + `
Proxies are taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY.`,
		Example: "  fc7 weights fetch vgg16\n  fc7 weights fetch vgg19-caffe --mirror https://mirror.example.org/weights\n" +
			"  fc7 weights fetch my-net --url https://example.org/final.pth --sha256 DIGEST",
		Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if j.URL != "" && j.Mirror != "" {
				return usage.Errorf("--url and --mirror exclude each other")
			}
			j.Name = args[0]
			if err := j.Check(); err != nil {
				return err
			}
			dir, err := download.CacheDir(j.Cache)
			if err != nil {
				return err
			}
			if err := (target{name: "cache", path: dir}).folder(); err != nil {
				return err
			}
			r, err := download.FetchWeights(cmd.Context(), j, c.downloads())
			if err != nil {
				return err
			}
			return c.result(r, func() error {
				printFetched(c, r, j)
				return nil
			})
		},
	}
	f := cmd.Flags()
	urlFlag(f, &j.URL, "url", "download from this URL instead of the publisher's")
	urlFlag(f, &j.Mirror, "mirror", "ask for MIRROR/FILE first, then the publisher")
	f.StringVar(&j.Cache, "cache", "", "folder of the cache")
	flag(f, &j.SHA256, "sha256", "string", "", func(s string) (string, error) {
		if _, err := fetch.ParseSHA256(s); err != nil {
			return "", usage.Unfit("", s, "a digest of 64 hexadecimal digits")
		}
		return s, nil
	}, "digest the file must have, instead of the published one")
	f.BoolVar(&j.Force, "again", false, "download again, and replace the file that is there")
	renamed(cmd, map[string]string{"force": "again"})
	return cmd
}

func printFetched(c *console, r *download.WeightsResult, j download.WeightsJob) {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	from := r.From
	if from == "" {
		from = "it was there already"
	}
	if r.Resumed > 0 {
		from += ", of it " + fetch.Bytes(r.Resumed) + " by an earlier run"
	}
	fmt.Fprintf(w, "file\t%s, %s\nfrom\t%s\nsha256\t%s\nverified by\t%s\n", r.Path, fetch.Bytes(r.Bytes), from, r.SHA256, r.Verified)
	for _, l := range [][2]string{{"holds", r.Holds}, {"licence", r.Licence}, {"note", r.Note}} {
		if l[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", l[0], l[1])
		}
	}
	w.Flush()
	if r.Trouble != "" {
		c.note("the file is there, but fc7 finds no net in it: " + r.Trouble)
		return
	}
	use := []string{"fc7", "extract", "DATASET", "--weights", r.Name, "--out", "RUN"}
	if j.Cache != "" {
		use[4] = r.Path
	}
	if r.NoFC { // there is no fc7
		use = append(use, "--layer", "pool5")
	}
	c.printf("use\t%s\n", origin.Text(use...))
}
