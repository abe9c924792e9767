package main

import (
	"encoding/json"

	"fc7/internal/usage"

	"github.com/spf13/cobra"

	"fc7/pipeline/bench"
)

func newBenchTrain(c *console) *cobra.Command {
	var net string
	var batch, threads, steps int
	var asJSON bool
	cmd := &cobra.Command{
		Use: "train", Short: "a step of training",
		Long: `Train times steps of SGD, forward, backward and update, of a net with random weights on random
images of 224 x 224, and prints the median.`,
		Example: "  fc7 bench train\n  fc7 bench train --net vgg16/8 --batch 32 --steps 10",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if batch < 1 || steps < 1 {
				return usage.Errorf("--batch and --steps: want 1 or more")
			}
			b, err := bench.RunTrain(cmd.Context(), net, batch, threads, steps)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.out).Encode(b)
			}
			c.printf("fc7\ttrain %s 224x224 batch %d\t%.0f ms/image\n", b.Net, b.Batch, b.Millis)
			c.printf("    peak memory %.0f MB\n", float64(b.Memory)/1e6)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&net, "net", "vgg16", "net")
	f.IntVar(&batch, "batch", 8, "images a step")
	f.IntVar(&steps, "steps", 3, "steps to time")
	f.BoolVar(&asJSON, "json", false, "print the figures as JSON")
	threadsFlag(cmd, &threads)
	return cmd
}
