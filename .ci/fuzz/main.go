// Fuzz runs what tries fc7's readers of foreign files, and adds up the figures. Run it in the root of the project:
//
//	go run ./.ci/fuzz fuzz 10s [PKG]    each fuzz target of the go command for so long
//	go run ./.ci/fuzz mutate N [SEED [30s [PKG]]]
//	                                    N mutated files for each reader, and more until it had the processor for so
//	                                    long, without the go command's instrumentation; READERS may be an expression
//	                                    that the names of their fuzz targets match
//	go run ./.ci/fuzz hostile 10m [PKG] every byte of each seed changed, and each prefix, as long as time allows
//	go run ./.ci/fuzz cover [internal]  how much of each parser the seeds and the corpus reach
//	go run ./.ci/fuzz complete          whether each fuzz target is of a parser that cover shows
//	go run ./.ci/fuzz long 8h           fuzz and mutate by turns
//	go run ./.ci/fuzz count             the executions of each parser in all runs, of fuzz.log, or what FUZZLOG names
//
// It ends with status 1 if a reader failed. The input is then below testdata/fuzz of its package, where it stays as a
// test.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

const wanted = "want fuzz, mutate, hostile, cover, complete, long or count"

func run(args []string) error {
	if len(args) == 0 {
		return errors.New(wanted)
	}
	first := ""
	if len(args) > 1 {
		first = args[1]
	}
	switch args[0] {
	case "cover":
		return cover(first)
	case "complete":
		return complete()
	case "count":
		return count()
	case "mutate":
		return mutate(args[1:])
	}
	length, err := time.ParseDuration(first)
	if err != nil {
		return fmt.Errorf("want a time, such as 10s: %w", err)
	}
	switch args[0] {
	case "fuzz":
		return fuzzAll(length, time.Time{}, args[2:]...)
	case "hostile":
		return harness("hostile", time.Now().Add(length), args[2:], "-hostile.keep", "-hostile.every", "-hostile.mutations=10000")
	case "long":
		return long(length)
	}
	return fmt.Errorf("%s, found %q", wanted, args[0])
}

// mutate takes a number, a seed, a time and packages, of which all but the first may be left out.
func mutate(args []string) error {
	with := []string{"", "1", "0s"}
	copy(with, args)
	n, err := strconv.ParseInt(with[0], 10, 64)
	if err != nil {
		return fmt.Errorf("want a number of mutations: %w", err)
	}
	if _, err := time.ParseDuration(with[2]); err != nil {
		return fmt.Errorf("want a time, such as 30s: %w", err)
	}
	return harness("mutate", time.Time{}, args[min(3, len(args)):], "-hostile.keep", "-hostile.only="+os.Getenv("READERS"), "-hostile.seed="+with[1], "-hostile.mutations="+strconv.FormatInt(n, 10), "-hostile.for="+with[2])
}

// long takes turns: a minute of each fuzz target, then 100,000 mutated files or more for each reader, by another seed.
// All ends when the time is up.
func long(length time.Duration) error {
	end := time.Now().Add(length)
	for turn := 1; time.Now().Before(end); turn++ {
		fmt.Printf("turn %d\n", turn)
		if err := fuzzAll(time.Minute, end); err != nil {
			return err
		}
		if err := harness("mutate", end, nil, "-hostile.keep", "-hostile.seed="+strconv.FormatInt(time.Now().Unix(), 10), "-hostile.mutations=100000", "-hostile.for=1m"); err != nil {
			return err
		}
	}
	return nil
}
