package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"fc7/vgg/small"
)

// smallHelp ends the help of a flag for weights that may be left out.
const smallHelp = "; default: $" + weightsVariable + ", or else " + small.Name + ", the net that ships with fc7"

// requiredWeights is the help of one that may be left out only where the variable is set.
const requiredWeights = "weights file; default: $" + weightsVariable + " (required)"

// weightsVariable names the environment variable with the weights of verbs to which none are given.
const weightsVariable = "FC7_WEIGHTS"

// defaultWeights gives a verb the weights of $FC7_WEIGHTS where it would take what ships with fc7, or none: as if they
// were given, so that a plan keeps them and an address is brought, but they are no wrong call where they would do
// nothing.
func defaultWeights(cmd *cobra.Command, c *console) error {
	name, f := os.Getenv(weightsVariable), cmd.Flags().Lookup(weightsFlag)
	if name == "" || f == nil || f.Changed || !strings.Contains(f.Usage, weightsVariable) || cmd.Flags().Changed(planFlag) {
		return nil
	}
	if of := cmd.Flags().Lookup("of"); of != nil && !of.Changed {
		return nil // nothing is described
	}
	if of := cmd.Flags().Lookup("evidence-of"); of != nil && !of.Changed && !cmd.Flags().Changed("evidence") {
		return nil // nothing is explained
	}
	if err := cmd.Flags().Set(weightsFlag, name); err != nil {
		return err
	}
	f.Changed = false
	c.note("no --weights: " + name + ", by $" + weightsVariable)
	return nil
}

// orSmall is what the user gave as weights, or the net that ships with fc7, which is then told.
func orSmall(c *console, given []string) []string {
	if len(given) > 0 {
		return given
	}
	return []string{c.small("--weights")}
}

// small is the name of the net that ships with fc7, which is taken where a flag for weights is not given.
func (c *console) small(flag string) string {
	c.note("no " + flag + ": the small net that ships with fc7, trained on Caltech-101 alone; 'fc7 weights list' has the paper's")
	return small.Name
}
