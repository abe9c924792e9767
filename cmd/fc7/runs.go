package main

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"fc7/internal/store"
	"fc7/internal/usage"
	"fc7/pipeline/download"
)

// readsRuns is the annotation of verbs whose arguments may be finished runs on a store; what says which of them are:
// runsAll, runsFirst or runsNamed.
const readsRuns = "reads-runs"

const (
	runsAll   = "all"
	runsFirst = "first"
	runsNamed = "named" // all, each maybe as NAME=RUN
)

// readsRunsBy is the annotation of verbs that names their flags, as words, which may name a finished run, or a folder
// of heads, on a store.
const readsRunsBy = "reads-runs-by"

// runsBy are those flags of a verb.
func runsBy(cmd *cobra.Command) []string { return strings.Fields(cmd.Annotations[readsRunsBy]) }

// runsHelp says of a verb where its runs may be; keptHelp of one that keeps results in them, too.
const (
	runsHelp = `A run may be on a store (s3://, gs:// or azblob://): what is read of it comes to the cache, and how
much that is is told.`
	keptHelp = runsHelp + ` What is kept is put into the run there, which has to be allowed.`
)

// asRun is the address of a run in argument i, and what stands before it; "": it is none.
func asRun(cmd *cobra.Command, i int, arg string) (before, at string) {
	how := cmd.Annotations[readsRuns]
	switch {
	case how == "", how == runsFirst && i > 0:
		return "", ""
	case how == runsNamed && !store.Is(arg):
		name, path, _ := strings.Cut(arg, "=")
		before, arg = name+"=", path
	}
	if !store.Is(arg) {
		return "", ""
	}
	return before, arg
}

// checkRun tells what is wrong with the address of a run in itself.
func checkRun(at string) error {
	at = strings.TrimRight(at, "/")
	if err := store.Check(at); err != nil {
		return usage.Wrap(err)
	}
	if !store.CanPut(at) {
		return usage.Errorf("%s: runs are read on s3://, gs:// and azblob:// alone, which tell what is in a folder: copy it to a disk", store.Shown(at))
	}
	return nil
}

// openRuns opens the runs that are named by addresses, and puts the folders that stand for them into their places.
func openRuns(cmd *cobra.Command, c *console, args []string) error {
	for i, arg := range args {
		before, at := asRun(cmd, i, arg)
		if at == "" {
			continue
		}
		dir, err := c.openRun(cmd, at)
		if err != nil {
			return err
		}
		args[i] = before + dir
	}
	for _, name := range runsBy(cmd) {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed || !store.Is(f.Value.String()) {
			continue
		}
		dir, err := c.openRun(cmd, f.Value.String())
		if err == nil {
			err = f.Value.Set(dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openRun is the folder that stands for a run on a store until the verb ends.
func (c *console) openRun(cmd *cobra.Command, at string) (dir string, err error) {
	if err := cmd.ValidateRequiredFlags(); err != nil { // before the work, not after it
		return "", err
	}
	at = strings.TrimRight(at, "/")
	for _, r := range c.runs {
		if r.At == at {
			return r.Dir, nil
		}
	}
	r, err := download.OpenRun(cmd.Context(), at, c.downloads())
	if err != nil {
		return "", err
	}
	c.runs = append(c.runs, r)
	c.call(r.Dir, r.At)
	return r.Dir, nil
}

// closeRuns ends the folders that stand for runs.
func (c *console) closeRuns() (err error) {
	for _, r := range c.runs {
		err = errors.Join(err, r.Close())
	}
	c.runs = nil
	return err
}

// named is a text as it will be printed, for whoever makes room for it.
func (c *console) named(text string) string {
	for _, r := range c.runs {
		text = strings.ReplaceAll(text, r.Dir, r.At)
	}
	return text
}

// call makes all that is printed call a folder by another name.
func (c *console) call(dir, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := strings.NewReplacer(dir, name)
	c.out.w, c.screen = calling{c.out.w, by}, calling{c.screen, by}
	c.err = words{c.screen}
	if c.json != nil {
		c.json.w = c.screen
	}
}

// calling writes with names in the place of others.
type calling struct {
	w  io.Writer
	by *strings.Replacer
}

func (r calling) Write(b []byte) (int, error) {
	if _, err := r.by.WriteString(r.w, string(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}
