// Fuzz runs what tries fc7's readers of foreign files, and adds up the figures. Run it in the root of the project:
//
//	go run ./.ci/fuzz fuzz 10s [PKG]    each fuzz target of the go command for so long
//	go run ./.ci/fuzz mutate N [SEED]   N mutated files for each reader, without the go command's instrumentation
//	go run ./.ci/fuzz hostile [10m]     every byte of each seed changed, and each prefix, as long as time allows
//	go run ./.ci/fuzz cover [internal]  how much of each parser the seeds and the corpus reach
//	go run ./.ci/fuzz long 8h           fuzz and mutate by turns
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

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("want fuzz, mutate, hostile, cover or long")
	}
	first := ""
	if len(args) > 1 {
		first = args[1]
	}
	switch args[0] {
	case "cover":
		return cover(first)
	case "mutate":
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return fmt.Errorf("want a number of mutations: %w", err)
		}
		seed := "1"
		if len(args) > 2 {
			seed = args[2]
		}
		return harness(time.Time{}, "-hostile.keep", "-hostile.seed="+seed, "-hostile.mutations="+strconv.FormatInt(n, 10))
	}
	length, err := time.ParseDuration(first)
	if err != nil {
		return fmt.Errorf("want a time, such as 10s: %w", err)
	}
	switch args[0] {
	case "fuzz":
		return fuzzAll(length, args[2:]...)
	case "hostile":
		return harness(time.Now().Add(length), "-hostile.keep", "-hostile.every", "-hostile.mutations=10000")
	case "long":
		return long(length)
	}
	return fmt.Errorf("want fuzz, mutate, hostile, cover or long, found %q", args[0])
}

// long takes turns: a minute of each fuzz target, then a million mutated files for each reader, by another seed.
func long(length time.Duration) error {
	end := time.Now().Add(length)
	for turn := 1; time.Now().Before(end); turn++ {
		fmt.Printf("turn %d\n", turn)
		if err := fuzzAll(min(time.Minute, time.Until(end))); err != nil {
			return err
		}
		if err := harness(end, "-hostile.keep", "-hostile.seed="+strconv.FormatInt(time.Now().Unix(), 10), "-hostile.mutations=1000000"); err != nil {
			return err
		}
	}
	return nil
}
