// Mutate asks whether the tests of a room notice faults: it changes one thing of the room's code at a time, runs the
// room's tests on it, and lists the changes that no test noticed.
//
//	go -C .ci/mutate run . -root ../.. -n 30 -seed 1 ./heads/svm
//
// A change is a comparison or its bound flipped, an operator exchanged, a constant one more, one less or ten times
// itself, a condition or one side of it dropped, a statement dropped, or two arguments swapped. Which n of them are
// tried follows from the seed. Files are not touched: go test reads the changed one through an overlay, so that
// everything else comes from the build cache. A mutant that does not compile doesn't count, and one that runs out of
// time or memory is noticed. Status 1: some survived.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are those of a run.
type options struct {
	root, room string
	n          int
	seed       uint64
	tests      string // packages whose tests judge
	run        string
	only       string
	timeout    time.Duration
	memory     uint64 // of a test's address space, in GB
	verbose    bool
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "folder of the module")
	flag.IntVar(&o.n, "n", 20, "mutants to try")
	flag.Uint64Var(&o.seed, "seed", 1, "which of them")
	flag.StringVar(&o.tests, "tests", "", "packages whose tests judge, with commas between; default: the room")
	flag.StringVar(&o.run, "run", "", "tests to run, as of go test")
	flag.StringVar(&o.only, "only", "", "try these alone: ids as listed, with commas between")
	flag.DurationVar(&o.timeout, "timeout", 0, "of the tests of one mutant; default: three times that of the unchanged code, at least 20s")
	flag.Uint64Var(&o.memory, "memory", 8, "GB of address space that tests may take")
	flag.BoolVar(&o.verbose, "v", false, "list the noticed mutants too")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "mutate: name one room, as ./heads/svm")
		os.Exit(2)
	}
	o.room = flag.Arg(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	survived, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if survived > 0 {
		os.Exit(1)
	}
}

// run tries mutants of a room and tells how many survived.
func run(ctx context.Context, o options) (survived int, err error) {
	if err := limitMemory(o.memory); err != nil {
		return 0, err
	}
	j, err := newJudge(o)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(j.temp)) }()
	all, err := j.mutants()
	if err != nil {
		return 0, err
	}
	if err := j.baseline(ctx); err != nil {
		return 0, err
	}
	tried := 0
	defer func() { fmt.Printf("%s: %d mutants of %d, %d survived\n", o.room, tried, len(all), survived) }()
	for _, m := range choose(all, o) {
		if tried == o.n {
			break
		}
		v, err := j.try(ctx, m)
		if err != nil {
			return survived, err
		}
		if v == unbuilt {
			continue
		}
		tried++
		if v == survivor {
			survived++
		}
		if v == survivor || o.verbose {
			fmt.Printf("%s %s\n", v, m)
		}
	}
	return survived, nil
}

// choose orders the mutants by the seed; the first of each line come before the second ones, so that few mutants still
// see much code.
func choose(all []mutant, o options) []mutant {
	if o.only != "" {
		var some []mutant
		for _, m := range all {
			if strings.Contains(","+o.only+",", ","+m.id()+",") {
				some = append(some, m)
			}
		}
		return some
	}
	r := rand.New(rand.NewPCG(o.seed, 0))
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	var first, later []mutant
	seen := map[string]bool{}
	for _, m := range all {
		at := fmt.Sprint(m.file, m.line)
		if seen[at] {
			later = append(later, m)
			continue
		}
		seen[at] = true
		first = append(first, m)
	}
	return append(first, later...)
}
