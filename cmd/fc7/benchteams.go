package main

import (
	"fmt"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"fc7/pipeline/backbone"
	"fc7/pipeline/bench"
)

func newBenchTeams(c *console) *cobra.Command {
	var net, path string
	var as readingFlags
	runs := 5
	cmd := &cobra.Command{
		Use: "teams", Short: "what is foretold of many cores",
		Long: `Teams shows by what an extraction chooses how its threads are divided into teams, each with images
of its own, and how true that is here. First, each layer's time a picture on one thread and on
two, foretold and measured, in batches of eight of 224 pixels: foretold by what the layer cost on
one thread in batches of two and of five, the pieces that it is shared out in, and what memory and
processors of this machine give two threads together. Runs in which other programs took more than
a twentieth of the processors are done again; where all were such, the table says so, and is worth
little. Then, simulated, typical machines of 8 to 128 cores, on one node of memory or on
several, each of which may have a copy of the weights: which part of each layer 64
cores do not share out, be it for too few pieces or for memory that gives no more, its share of
their time, and how much of that time cores are idle in it; and images a second of the chosen
number of teams, of the best of all numbers, and of one team, in which all cores share out each
layer.`,
		Example: "  fc7 bench teams --weights vgg16.safetensors",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := as.reading()
			if err != nil {
				return err
			}
			n, err := backbone.Load(cmd.Context(), backbone.Wanted{Net: net, Weights: path, As: r}, "")
			if err != nil {
				return err
			}
			b, err := bench.RunTeams(cmd.Context(), n, runs)
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				printTeams(c, b)
				return nil
			})
		},
	}
	f := cmd.Flags()
	netFlag(cmd, &net, "net that the weights must hold")
	f.StringVar(&path, "weights", "", requiredWeights)
	as.add(cmd)
	wholeFlag(f, &runs, "runs", 1, "runs, of which the median is taken")
	require(cmd, "weights")
	return cmd
}

func printTeams(c *console, b bench.Teams) {
	c.printf("%s, %s kernels; one thread reads %.1f GB/s, two %.1f\n", b.Net, b.Kernels, b.CoreBandwidth/1e9, b.Bandwidth/1e9)
	c.printf("load %.2f before; while layers were measured other programs took up to %.2f of %d processors\n", b.Load, b.Others, runtime.NumCPU())
	if b.Busy {
		c.printf("NOT IDLE: these times are not what the machine can do; end other programs and measure again\n")
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "layer\tone thread, ms\tforetold\t\ttwo threads, ms\tforetold\t\t\n")
	for _, l := range b.Layers {
		fmt.Fprint(w, l.Name)
		for i := range l.Measured {
			fmt.Fprintf(w, "\t%.2f\t%.2f\t%+.0f%%", l.Measured[i], l.Foretold[i], 100*(l.Foretold[i]/l.Measured[i]-1))
		}
		fmt.Fprint(w, "\t\n")
	}
	w.Flush()
	c.printf("%d of %d layers are foretold within 10%%; farthest is %s, %+.0f%%\n", b.Within(0.1), len(b.Layers), b.Farthest().Name, 100*b.Farthest().Error())
	fmt.Fprint(w, "\nsimulated: layer\tnot shared out\tof the time of 64 cores\tthat they are idle\t\n")
	for _, l := range b.Serial {
		fmt.Fprintf(w, "%s\t%.2f%%\t%.1f%%\t%.2f%%\t\n", l.Name, 100*l.Serial, 100*l.Time, 100*l.Idle)
	}
	fmt.Fprint(w, "\nsimulated: job\tcores\tnodes\tteams\tcopies\timages/s\tbest\timages/s\tone team\t\n")
	for _, p := range b.Plans {
		copies := "-"
		if p.Copies {
			copies = "each"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%.1f\t%d\t%.1f\t%.1f\t\n", p.Job, p.Cores, p.Nodes, p.Teams, copies, p.Rate, p.Best, p.Most, p.Shared)
	}
	w.Flush()
}
