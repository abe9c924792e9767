package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"fc7/internal/escape"
	"fc7/internal/machine"
	"fc7/internal/usage"
)

const rootLong = `fc7 turns image collections into VGG descriptors and trained linear heads.

  images of a data set → dense, multi-scale fc7 descriptors → Parquet → linear SVM → score

It follows Simonyan and Zisserman, arXiv 1409.1556, to the letter: whole images, several
scales and flips, global average pooling, and the protocols of PASCAL VOC and Caltech-101.
A bad image becomes a row with its reason; an interrupted run goes on where it stopped.

Exit status: 0 done; 1 failed; 2 wrong usage; 3 done, but some images failed (each has its
row and reason); 130 interrupted, the same command goes on. Tasks of a plan have two more
(fc7 extract --help): 4 what every try would meet; 75 what another try may not meet.`

const rootExample = `  fc7 demo                                                  the whole job, offline, in a minute
  fc7 extract voc2007:/data/VOCdevkit --weights vgg16.pth --out runs/voc
  fc7 svm runs/voc --protocol voc2007
  fc7 predict --head runs/voc/heads --weights vgg16.pth folder:/data/new`

func newRoot(c *console) *cobra.Command {
	root := group(&cobra.Command{
		Use: "fc7", Short: "image collections to VGG descriptors and linear heads",
		Long: rootLong, Example: rootExample,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if isCompletion(cmd.Name()) {
				return nil // what a shell asks about is not complete
			}
			c.start(cmd)
			if cmd.Flags().Lookup("threads") != nil {
				for _, odd := range machine.OddVariables(os.Getenv) {
					c.note(odd)
				}
			}
			if err := defaultWeights(cmd, c); err != nil {
				return err
			}
			if err := noAddresses(cmd, args); err != nil {
				return err
			}
			if err := c.serve(cmd); err != nil {
				return err
			}
			if err := bringWeights(cmd, c); err != nil {
				return err
			}
			return openRuns(cmd, c, args)
		},
	})
	versionFlag(root, c)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(flagError)
	jsonFlag(root, c)
	root.PersistentFlags().BoolVarP(&c.quiet, "quiet", "q", false, "no progress and no notes; results, warnings and errors alone")
	root.AddCommand(
		newClassify(c), newEvaluate(c),
		newDemo(c), newExtract(c), newPlan(c), newStatus(c), newSubmit(c), newVerify(c), newMerge(c), newAggregate(c), newSVM(c), newNeighbours(c), newAudit(c), newSuspects(c), newMap(c), newExplore(c), newPredict(c), newHead(c), newReproduce(c), newTable(c), newReport(c),
		newTrain(c), newFinetune(c), newLocalise(c), newWeights(c), newDataset(c), newBench(c), newManual(c), jsonTopic(),
	)
	strictHelp(root)
	strictCompletion(root)
	fitHelp(root)
	eachCommand(root, func(cmd *cobra.Command) { showZeros(cmd.Flags()) })
	return root
}

// eachCommand calls do for a command and all below it.
func eachCommand(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, sub := range cmd.Commands() {
		eachCommand(sub, do)
	}
}

// group makes a command one that only holds others: alone it shows its help.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = onlyVerbs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f := cmd.Flags().Lookup("json"); f != nil && f.Changed {
			return usage.Errorf("missing verb: --json is of what a verb tells, and the help is words")
		}
		return cmd.Help()
	}
	return cmd
}

// onlyVerbs are the arguments of a command that takes none but the names of its verbs.
func onlyVerbs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownVerb(cmd, args[0], false)
	}
	return nil
}

// unknownVerb is the error of a name that is no verb of cmd, nor, of a call for help, a topic.
func unknownVerb(cmd *cobra.Command, name string, topics bool) error {
	var verbs []string
	for _, v := range cmd.Commands() {
		if v.IsAvailableCommand() || topics && v.IsAdditionalHelpTopicCommand() {
			verbs = append(verbs, v.Name())
		}
	}
	what := "verb"
	if cmd.HasParent() {
		what = "verb of " + cmd.CommandPath()
	}
	return usage.Unknown(what, name, verbs...)
}

// strictCompletion makes fc7 completion refuse what is no shell: its help, with status 0, would become a file of
// completions.
func strictCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	if cmd, _, err := root.Find([]string{"completion"}); err == nil {
		group(cmd)
	}
}

// strictHelp makes fc7 help refuse what is no verb, as fc7 itself does, instead of showing the help of all.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "help" {
			continue
		}
		cmd.Args = func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			switch {
			case err != nil:
				return usage.Wrap(err)
			case len(rest) == 0:
				return nil
			case found.HasSubCommands():
				return unknownVerb(found, rest[0], true)
			}
			return usage.Errorf("too many arguments: %s has no verbs", found.CommandPath())
		}
	}
}

// exactly asks for n arguments, named for the message.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		want := strings.Join(names, " and ")
		if len(args) < len(names) {
			return usage.Errorf("missing %s", want)
		}
		if want == "" {
			want = "none"
		}
		return usage.Errorf("too many arguments: want %s, found %s", want, escape.Line(strings.Join(args, " ")))
	}
}

// atLeastOne asks for one or more arguments, named for the message.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage.Errorf("missing %s", name)
		}
		return nil
	}
}

// indent moves each line of a text to the right.
func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    ")
}
