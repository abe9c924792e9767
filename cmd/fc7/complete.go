package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fc7/datasets"
	"fc7/internal/catalogue"
	"fc7/internal/usage"
	"fc7/pipeline/download"
	"fc7/vgg/small"
)

// completer offers what may stand where a word begins so.
type completer func(begins string) ([]string, cobra.ShellCompDirective)

// isCompletion tells whether a verb is one by which shells ask for words.
func isCompletion(verb string) bool {
	return verb == cobra.ShellCompRequestCmd || verb == cobra.ShellCompNoDescRequestCmd
}

// completions give each flag and argument of each verb what a shell can offer for it.
func completions(root *cobra.Command) {
	eachCommand(root, func(cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if do := flagCompleter(f); do != nil {
				// The error is of a flag that has one already.
				_ = cmd.RegisterFlagCompletionFunc(f.Name, func(_ *cobra.Command, _ []string, begins string) ([]string, cobra.ShellCompDirective) {
					return do(begins)
				})
			}
		})
		if words := argumentWords(cmd); len(words) > 0 {
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begins string) ([]string, cobra.ShellCompDirective) {
				return completeArgument(cmd, words, len(args), begins)
			}
		}
	})
}

// flagCompleter is that of a flag's value; nil: there is none to complete, or the shell's own for files does.
func flagCompleter(f *pflag.Flag) completer {
	if c, ok := f.Value.(interface{ choices() []string }); ok {
		if words := c.choices(); len(words) > 0 {
			return choose(words)
		}
	}
	switch f.Name {
	case weightsFlag, "weights-d", "weights-e", "from":
		return completeWeights
	case "data":
		return completeSet
	case "of", "image":
		return ofFiles(imageEndings)
	case "labels":
		return ofFiles([]string{".csv", ".tsv"})
	case "splits":
		return ofFiles([]string{".tsv", ".txt"})
	case "x", "y":
		return ofFiles([]string{".npy", ".tsv"})
	case "cache", "view-cache", "archives", "plan", "head", "heads", "add", "devkit":
		return ofFiles(nil)
	case "out", "submission", "accept", "classes", "exclude", "secret", "program":
		return nil // the shell's own
	}
	if f.Value.Type() == "bool" {
		return nil
	}
	return choose(nil)
}

// choose offers words.
func choose(words []string) completer {
	return func(begins string) ([]string, cobra.ShellCompDirective) {
		// Of several with commas between them, the last is completed.
		before, last := "", begins
		if i := strings.LastIndexByte(begins, ','); i >= 0 {
			before, last = begins[:i+1], begins[i+1:]
		}
		var out []string
		for _, w := range words {
			if strings.HasPrefix(w, last) {
				out = append(out, before+w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// argumentWords are the names of a verb's arguments in its usage: DATASET, RUN…; of several forms those of the longest.
func argumentWords(cmd *cobra.Command) (longest []string) {
	_, form, _ := strings.Cut(cmd.Use, " ")
	for form := range strings.SplitSeq(form, " | ") {
		var words []string
		for _, w := range strings.Fields(form) {
			w = strings.Trim(w, "[]")
			words = append(words, w[strings.LastIndexByte(w, ']')+1:])
		}
		if len(words) > len(longest) && !strings.HasPrefix(form, "-") {
			longest = words
		}
	}
	return longest
}

// completeArgument completes the argument at a place; of the last there may be several.
func completeArgument(cmd *cobra.Command, words []string, at int, begins string) ([]string, cobra.ShellCompDirective) {
	if last := len(words) - 1; at > last {
		if !strings.HasSuffix(words[last], "…") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		at = last
	}
	var out []string
	how := cobra.ShellCompDirectiveNoFileComp
	for word := range strings.SplitSeq(strings.TrimSuffix(words[at], "…"), "|") {
		if word != strings.ToUpper(word) { // it stands for itself
			more, _ := choose([]string{word})(begins)
			out = append(out, more...)
			continue
		}
		do := argumentCompleter(cmd, word)
		if do == nil {
			return nil, cobra.ShellCompDirectiveDefault
		}
		more, h := do(begins)
		out, how = append(out, more...), how|h
	}
	return out, how
}

// argumentCompleter is that of an argument; nil: the shell's own for files.
func argumentCompleter(cmd *cobra.Command, word string) completer {
	parent := ""
	if cmd.HasParent() {
		parent = cmd.Parent().Name()
	}
	switch word {
	case "DATASET":
		return completeSet
	case "IMAGE":
		return ofFiles(imageEndings)
	case "RUN", "FEATURES", "HEAD":
		return ofFiles(nil)
	case "NAME":
		if parent == "dataset" {
			return choose(catalogue.DataSetNames())
		}
		return choose(catalogue.WeightsNames())
	case "FILE", "IN":
		if parent == "weights" {
			return completeWeights
		}
	}
	return nil
}

// weightEndings are those of the files of weights that fc7 reads.
var weightEndings = []string{".pth", ".pt", ".safetensors", ".caffemodel", ".onnx", ".h5", ".keras", ".mat", ".npy", ".npz", ".index", ".ckpt"}

// imageEndings are those of the images that people name; fc7 reads by content.
var imageEndings = []string{".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic"}

// completeWeights offers the names of weights that are here, and files.
func completeWeights(begins string) ([]string, cobra.ShellCompDirective) {
	names := []string{small.Name}
	if all, err := download.List(""); err == nil {
		for _, l := range all {
			if l.Cached != "" {
				names = append(names, l.Name)
			}
		}
	}
	words, _ := choose(names)(begins)
	files, how := ofFiles(weightEndings)(begins)
	return append(words, files...), how
}

// completeSet offers the kinds of data sets, and behind a kind what lies at the path.
func completeSet(begins string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, k := range datasets.Kinds() {
		kind := k.Name + ":"
		if strings.HasPrefix(kind, begins) && kind != begins {
			out = append(out, kind)
		}
		if path, ok := strings.CutPrefix(begins, kind); ok {
			for _, p := range paths(path, func(string) bool { return true }) {
				out = append(out, kind+p)
			}
		}
	}
	return out, spaced(out)
}

// ofFiles offers the files with one of those endings, and folders; of none, folders alone.
func ofFiles(endings []string) completer {
	return func(begins string) ([]string, cobra.ShellCompDirective) {
		out := paths(begins, func(name string) bool { return slices.Contains(endings, strings.ToLower(filepath.Ext(name))) })
		return out, spaced(out)
	}
}

// spaced keeps the shell from ending a word that goes on: a kind, a folder.
func spaced(words []string) cobra.ShellCompDirective {
	how := cobra.ShellCompDirectiveNoFileComp
	if slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(w, "/") || strings.HasSuffix(w, ":") }) {
		how |= cobra.ShellCompDirectiveNoSpace
	}
	return how
}

// paths are the folders, and the files to keep, whose path begins so. Hidden ones are left out unless they are begun.
func paths(begins string, keep func(name string) bool) (out []string) {
	dir, base := filepath.Split(begins)
	at := dir
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(dir, "~/") {
		at = home + dir[1:]
	}
	entries, err := os.ReadDir(cmp.Or(at, "."))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, base) || name[0] == '.' && base == "" {
			continue
		}
		info, err := os.Stat(filepath.Join(cmp.Or(at, "."), name)) // through links
		switch {
		case err != nil:
		case info.IsDir():
			out = append(out, dir+name+"/")
		case keep(name):
			out = append(out, dir+name)
		}
	}
	return out
}

// nothingMeant is a text that no flag of words takes, so that its error tells the words.
const nothingMeant = "\x00"

// choicesOf are the words that parse takes, by its error of a text that is none; nil: any text of a form.
func choicesOf[T any](parse func(string) (T, error)) []string {
	var word *usage.Error
	if _, err := parse(nothingMeant); errors.As(err, &word) {
		return word.Words
	}
	return nil
}
