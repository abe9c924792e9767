package main

import (
	"github.com/spf13/cobra"

	"fc7/pipeline/backbone"
	"fc7/pipeline/bench"
)

func newBench(c *console) *cobra.Command {
	var net, path string
	var threads int
	var as readingFlags
	var layers bool
	cmd := &cobra.Command{
		Use: "bench", Short: "this machine's figures",
		Long: `Bench times the forward pass of a net on random pixels: one 224x224 image, a batch of
eight, and one 4:3 image at three scales with flips; the median of several runs each.
GFLOP/s count the multiply-adds of the direct method, so Winograd's convolution may pass the
measured peak of the processor; the share of it is given beside.`,
		Example: "  fc7 bench --net vgg16 --weights vgg16.safetensors\n  fc7 bench --weights vgg16.safetensors --threads 1 --json",
		Args:    onlyVerbs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.json != nil {
				if err := idle(cmd, "with --json the layers are always told", "layers"); err != nil {
					return err
				}
			}
			r, err := as.reading()
			if err != nil {
				return err
			}
			n, err := backbone.Load(cmd.Context(), backbone.Wanted{Net: net, Weights: path, As: r, Threads: threads}, "")
			if err != nil {
				return err
			}
			b, err := bench.RunForward(cmd.Context(), n, threads, func(j bench.ForwardJob) {
				if c.json == nil {
					printJob(c, j, layers)
				}
			})
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				c.printf("%s, %s, %s kernels, weights %.0f MB, maps %.0f MB, measured peak %.0f GFLOP/s\n",
					b.Net, counted(b.Threads, "thread"), b.Kernels, float64(b.Weights)/1e6, float64(b.Work)/1e6, b.PeakGFLOPs)
				return nil
			})
		},
	}
	f := cmd.Flags()
	netFlag(cmd, &net, "net that the weights must hold")
	f.StringVar(&path, "weights", "", requiredWeights)
	as.add(cmd)
	f.BoolVar(&layers, "layers", true, "print each layer's time")
	threadsFlag(cmd, &threads, netThreads)
	require(cmd, "weights")
	cmd.AddCommand(newBenchExtract(c), newBenchMap(c), newBenchNeighbours(c), newBenchSuspects(c), newBenchSVM(c), newBenchTeams(c), newBenchTrain(c))
	return cmd
}

func printJob(c *console, j bench.ForwardJob, layers bool) {
	c.printf("fc7\t%s\t%.1f ms/image\n", j.Name, j.Millis)
	if layers {
		for _, l := range j.Layers {
			c.printf("    %-28s %9.2f ms %7.0f GFLOP/s\n", l.Name, l.Millis, l.GFLOPs)
		}
	}
	c.printf("    %.0f GFLOP/s, %.2f of the peak; peak memory %.0f MB\n", j.GFLOPs, j.PeakShare, float64(j.MemoryBytes)/1e6)
}
