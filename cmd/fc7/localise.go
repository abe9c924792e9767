package main

import "github.com/spf13/cobra"

func newLocalise(c *console) *cobra.Command {
	cmd := group(&cobra.Command{
		Use: "localise", Short: "where objects are: nets that predict boxes, trained, scored, applied",
		Long: `Localise is appendix A of the paper: a net whose last layer gives a box, trained from one that tells
classes.`,
	})
	cmd.AddCommand(newLocaliseTrain(c), newLocaliseEvaluate(c), newLocalisePredict(c))
	return cmd
}
