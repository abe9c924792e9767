package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A log keeps what was run, a line for each target of each run, so that the counts of several runs add up: when, how
// (fuzz, mutate, hostile), package, target, executions, failures, parted by tabs.

// logName is where it is, below the root of the project; FUZZLOG names another place.
const logName = "fuzz.log"

func logPath() string {
	if path := os.Getenv("FUZZLOG"); path != "" {
		return path
	}
	return logName
}

// note adds a line to the log.
func note(how string, x target, executions, failures int) error {
	f, err := os.OpenFile(logPath(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s\t%s\t%s\t%s\t%d\t%d\n", time.Now().UTC().Format(time.RFC3339), how, x.pkg, x.name, executions, failures)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// tally is what a target did in all runs.
type tally struct{ executions, failures int }

// logged adds up the lines of the log.
func logged() (map[target]tally, error) {
	f, err := os.Open(logPath())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sums := map[target]tally{}
	in := bufio.NewScanner(f)
	for line := 1; in.Scan(); line++ {
		fields := strings.Split(in.Text(), "\t")
		if len(fields) != 6 {
			return nil, fmt.Errorf("%s:%d: expected 6 columns, found %d", logPath(), line, len(fields))
		}
		n, err1 := strconv.Atoi(fields[4])
		failures, err2 := strconv.Atoi(fields[5])
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("%s:%d: expected numbers in columns 5 and 6, found %q and %q", logPath(), line, fields[4], fields[5])
		}
		x := target{fields[2], fields[3]}
		sums[x] = tally{sums[x].executions + n, sums[x].failures + failures}
	}
	return sums, in.Err()
}

// count prints how many executions each parser has had in all runs of the log.
func count() error {
	sums, err := logged()
	if err != nil {
		return err
	}
	fmt.Printf("%-28s %12s %9s  %s\n", "parser", "executions", "failures", "targets")
	for _, p := range parsers {
		var all tally
		for _, name := range p.targets {
			one := sums[target{"fc7/" + p.pkg, name}]
			all = tally{all.executions + one.executions, all.failures + one.failures}
		}
		fmt.Printf("%-28s %12d %9d  %s\n", p.name, all.executions, all.failures, strings.Join(p.targets, " "))
	}
	var all tally
	for _, one := range sums {
		all = tally{all.executions + one.executions, all.failures + one.failures}
	}
	fmt.Printf("%d executions of %d targets, %d failures\n", all.executions, len(sums), all.failures)
	return nil
}
