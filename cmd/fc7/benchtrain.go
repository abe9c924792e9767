package main

import (
	"github.com/spf13/cobra"

	"fc7/pipeline/bench"
)

func newBenchTrain(c *console) *cobra.Command {
	net, batch, steps, threads := "vgg16", 8, 3, 0
	cmd := &cobra.Command{
		Use: "train", Short: "a step of training",
		Long: `Train times steps of SGD, forward, backward and update, of a net with random weights on random
images of 224 x 224, and prints the median.`,
		Example: "  fc7 bench train\n  fc7 bench train --net vgg16/8 --batch 32 --steps 10",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := bench.RunTrain(cmd.Context(), net, batch, threads, steps)
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				c.printf("fc7\ttrain %s 224x224 batch %d\t%.0f ms/image\n", b.Net, b.Batch, b.Millis)
				c.printf("    peak memory %.0f MB\n", float64(b.Memory)/1e6)
				return nil
			})
		},
	}
	f := cmd.Flags()
	netFlag(cmd, &net, "net")
	wholeFlag(f, &batch, "batch", 1, "images a step")
	wholeFlag(f, &steps, "steps", 1, "steps to time")
	threadsFlag(cmd, &threads, netThreads)
	return cmd
}
