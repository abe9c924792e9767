package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"fc7/heads/svm"
	"fc7/pipeline/bench"
)

func newBenchSVM(c *console) *cobra.Command {
	var j foreignFlags
	var o svm.Options
	cmd := &cobra.Command{
		Use: "svm", Short: "the linear solver on a problem of two .npy files",
		Long: `Svm trains one linear SVM a column of y on the rows of x, all columns together, and prints each
one's objective, duality gap and passes, and the time from memory, or from the file where memory
has no room for it. x is [N,D], y [N,K] of 1, -1 and 0 (left out), or a text with a class as the
first field of each line, which stands for one column a class. --out holds the weights, [K,D]; with --bias [K,D+1], with what is added to each
score in the last column.

--loss softmax trains all classes together: y is then one column of class numbers from 0 on, or
a text with a class as the first field of each line, and --out holds [D+1,K] with the intercepts
last, of two classes [D+1,1] of the second.`,
		Example: `  fc7 bench svm --x x.npy --y y.npy --c 1 --eps 0.01 --out w.npy
  fc7 bench svm --x x.npy --y classes.tsv --loss softmax --c 10`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := j.target(); err != nil {
				return err
			}
			b, err := bench.RunSVM(cmd.Context(), j.x, j.y, j.out, j.force, o, c.events().TellNote)
			if err != nil {
				return err
			}
			return c.result(b, func() error {
				labels := b.Labels
				if o.Loss == svm.Softmax {
					labels = labels[:1] // they are one problem
				}
				for i, l := range labels {
					end := ""
					if !l.Converged {
						end = fmt.Sprintf("\tended at its limit: violation %.2g", l.Violation)
					}
					c.printf("fc7\tlabel %d\tobjective %.6f\tgap %.2g\t%s%s\n", i, l.Primal, l.Gap, counted(l.Iterations, "pass"), end)
				}
				from := "memory"
				if b.Mapped {
					from = "the file"
				}
				c.printf("fc7\t%s, %d x %d\t%.3f s from %s, %.4f s a label\n", counted(len(b.Labels), "label"), b.Rows, b.Columns, b.Seconds, from, b.Seconds/float64(len(b.Labels)))
				return nil
			})
		},
	}
	j.add(cmd, "features, .npy (required)", "labels, .npy; of softmax also classes, a text file with a line a row (required)", "write the weights here, .npy")
	f := cmd.Flags()
	lossFlag(cmd, &o.Loss)
	f.BoolVar(&o.Standardise, "standardise", false, "softmax: divide each value by its deviation, less its mean")
	o.C, o.Epsilon = svm.DefaultC, svm.DefaultEpsilon
	costFlag(cmd, &o.C)
	numberFlag(f, &o.Bias, "bias", number(0), "constant feature, regularised; 0: none")
	numberFlag(f, &o.Epsilon, "eps", positive, "tolerance: the optimality violation at the end")
	threadsFlag(cmd, &o.Threads, "threads of the solver")
	require(cmd, "x", "y")
	return cmd
}
