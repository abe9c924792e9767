package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/internal/usage"
	"fc7/pipeline/training"
)

func TestParsePixels(t *testing.T) {
	for s, want := range map[string]int{"179MP": 179e6, "0.5mp": 500000, "1234": 1234, "2e6": 2e6, "1.5MP": 1500000} {
		if n, err := parsePixels(s); err != nil || n != want {
			t.Errorf("%s: %d, %v; want %d", s, n, err, want)
		}
	}
	for _, s := range []string{"", "MP", "0", "-3MP", "many", "NaN", "Inf", "1e30", "3GP"} {
		if n, err := parsePixels(s); !usage.Is(err) {
			t.Errorf("%q: %v, %d", s, err, n)
		}
	}
	if s := megapixels(178956970); s != "179MP" {
		t.Errorf("prints as %s", s)
	}
}

// everyVerb calls do for each command that does something.
func everyVerb(do func(*cobra.Command)) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd.Runnable() && cmd.HasParent() && cmd.Name() != "help" {
			do(cmd)
		}
	}
	walk(newRoot(newConsole(&bytes.Buffer{}, &bytes.Buffer{})))
}

// freeText are the flags that take any text: files, folders, data sets, URLs, names of rows, patterns that a net is
// needed for.
var freeText = []string{
	"accept", "add", "against", "archives", "boxes-net", "cache", "classes", "data", "devkit", "evidence", "evidence-of", "exclude", "figures", "freeze", "from", "head",
	"heads", "image", "image-column", "job-name", "label-column", "labels", "mirror", "of", "only", "out", "parquet", "plan", "prefix", "program",
	"sbatch", "sbatch-merge", "secret", "service-account", "split-column", "splits", "submission", "unfreeze", "url", "view-cache", "weights",
	"weights-d", "weights-e", "x", "y",
}

// internals are words that no message for people has.
var internals = []string{"strconv", "invalid syntax", "invalid argument", "parsing", "cannot unmarshal", "looking for beginning", "0x", "panic", "%!", "pflag"}

// TestNonsense gives every flag of every verb what it cannot mean: that is a wrong call, which names the flag, and says
// nothing of the program's insides. It needs no data: what is wrong with a flag is told before anything is opened.
func TestNonsense(t *testing.T) {
	seen := 0
	everyVerb(func(cmd *cobra.Command) {
		verb := strings.Fields(cmd.CommandPath())[1:]
		cmd.InheritedFlags() // merges those of the parents
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			free := false
			for _, name := range freeText {
				free = free || f.Name == name
			}
			if free && (f.Name != "classes" || cmd.Name() != "synth") || f.Name == "help" {
				return
			}
			seen++
			for _, nonsense := range []string{"nonsense", "", "1e", "0x", "NaN", "-", "99999999999999999999x", "ü,,"} {
				code, stdout, stderr := fc7(t, append(verb, "--"+f.Name+"="+nonsense)...)
				if code != exitUsage || !strings.Contains(stderr, "--"+f.Name) || stdout != "" {
					t.Errorf("fc7 %s --%s=%s: exit status %d: %s%s", strings.Join(verb, " "), f.Name, nonsense, code, stdout, stderr)
				}
				for _, word := range internals {
					if strings.Contains(strings.ReplaceAll(stderr, nonsense, ""), word) {
						t.Errorf("fc7 %s --%s=%s says %q: %s", strings.Join(verb, " "), f.Name, nonsense, word, stderr)
					}
				}
			}
		})
	})
	if seen < 120 {
		t.Errorf("only %d flags", seen)
	}
}

// Zero means zero, or makes no sense and is then a wrong call, as every negative number is: it never stands for a
// default.
func TestZeroIsNoDefault(t *testing.T) {
	makesNoSense := []string{
		"batch", "box-context", "c", "classes", "competition", "crop-size", "draws", "epochs", "eps", "folds", "image-timeout", "images", "keep",
		"limit", "max-pixels", "negative-weight", "new-rate", "part", "per-class", "positive-weight", "rate", "s", "shard-rows", "side", "size", "steps", "test",
		"test-per-class", "top", "train", "train-fraction", "train-per-class", "unfreeze-epochs", "unfreeze-rate", "width",
	}
	seen, zeros := 0, 0
	everyVerb(func(cmd *cobra.Command) {
		verb := strings.Fields(cmd.CommandPath())[1:]
		refuses := func(name, value string) {
			code, _, stderr := fc7(t, append(verb, "--"+name+"="+value)...)
			if code != exitUsage || !strings.Contains(stderr, "--"+name) {
				t.Errorf("fc7 %s --%s=%s: exit status %d: %s", strings.Join(verb, " "), name, value, code, stderr)
			}
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			switch f.Value.Type() {
			case "int", "ints", "float", "floats", "pixels", "megapixels", "bytes", "duration", "uint", "uint32", "uint64":
			default:
				return
			}
			seen++
			refuses(f.Name, "-1")
			if slices.Contains(makesNoSense, f.Name) {
				zeros++
				refuses(f.Name, "0")
			}
			if f.DefValue == "0" && !strings.Contains(f.Usage, "(default 0)") {
				t.Errorf("fc7 %s: help does not tell that --%s is 0", strings.Join(verb, " "), f.Name)
			}
		})
	})
	if seen < 80 || zeros < 50 {
		t.Errorf("%d flags of numbers, of which %d cannot be 0", seen, zeros)
	}
}

// Help shows the defaults that are in force.
func TestHelpShowsDefaults(t *testing.T) {
	shown := map[string]string{}
	everyVerb(func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { shown[cmd.Name()+" "+f.Name] = f.DefValue })
	})
	j, s, tune := training.DefaultJob(), training.DefaultStage(), training.DefaultTune()
	for flag, want := range map[string]any{
		"train batch": j.Batch, "train part": j.Part, "train dropout": j.Dropout, "train momentum": j.Momentum, "train decay": j.Decay, "train held-out": j.HeldOut,
		"train image-cache": j.Cache, "train checkpoint-every": j.Every, "train keep": j.Keep, "train epochs": s.Epochs, "train rate": s.Rate,
		"train schedule": s.Schedule, "train s": s.SMin, "train warmup": s.Warmup, "train seed": 0,
		"finetune batch": tune.Batch, "finetune dropout": tune.Dropout, "finetune new-rate": tune.NewRate, "finetune views": tune.Views, "finetune epochs": tune.Epochs,
		"finetune rate": tune.Rate, "finetune schedule": tune.Schedule, "finetune unfreeze-epochs": tune.UnfreezeEpochs, "finetune s": tune.SMin,
	} {
		if shown[flag] != fmt.Sprint(want) {
			t.Errorf("--%s: help shows %q, the default is %v", flag, shown[flag], want)
		}
	}
}
