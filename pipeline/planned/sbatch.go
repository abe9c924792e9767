package planned

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/usage"
)

// An option of sbatch that is one word for the shell, and its name; sbatch takes any other word for the script.
var sbatchOption = regexp.MustCompile(`^(?:--([a-z][a-z0-9-]*)(?:=((?s:.*)))?|-([A-Za-z])((?s:.*)))$`)

// check refuses what sbatch would take for something else than an option, and the options that say which tasks are run,
// what they run, and what the merge waits for.
func (s Slurm) check() error {
	if s.Name == "" {
		return usage.Unfit("--job-name", s.Name, "a name")
	}
	refuse := func(flag string, options []string, ours ...string) error {
		for _, o := range options {
			m := sbatchOption.FindStringSubmatch(o)
			if m == nil {
				return usage.Unfit(flag, o, "one option, such as --time=4:00:00, and the flag again for another one")
			}
			name := m[1] + m[3]
			if slices.Contains(ours, name) {
				return usage.Unfit(flag, o, "another option: the script says this one itself")
			}
			if counts[name] && oddCount(m[2]+m[4]) {
				return usage.Unfit(flag, o, fmt.Sprintf("a whole number from 1 to %d, such as --cpus-per-task=8", mostCores))
			}
			if strings.HasPrefix(name, "mem") && oddMemory(o) {
				return usage.Unfit(flag, o, "memory of 64M or more, such as --mem=8G: a number alone is one of megabytes, and --mem=0 all that a node has")
			}
		}
		return nil
	}
	return cmp.Or(refuse("--sbatch", s.Options, "array", "a", "wrap", "parsable"), refuse("--sbatch-merge", s.Merge, "array", "a", "wrap", "parsable", "dependency", "d"))
}

// counts are the options of sbatch that are numbers of what a task cannot do without. Those of nodes may be a range.
var counts = map[string]bool{"cpus-per-task": true, "c": true, "ntasks": true, "n": true, "ntasks-per-node": true, "nodes": true, "N": true}

// oddCount tells whether a number, or one of a range, cannot have been meant.
func oddCount(text string) bool {
	for _, end := range strings.SplitN(text, "-", 2) {
		if n, err := strconv.ParseUint(end, 10, 32); err != nil || n < 1 || n > mostCores {
			return true
		}
	}
	return false
}

// sbatchMemory is an option of sbatch that asks for memory.
var sbatchMemory = regexp.MustCompile(`^--mem(?:-per-cpu|-per-gpu)?=([0-9]+)([KMGTkmgt]?)$`)

// notMemory are options that begin as those of memory do.
var notMemory = regexp.MustCompile(`^--mem-bind(=|$)`)

// oddMemory tells whether an option asks for an amount of memory that cannot have been meant.
func oddMemory(option string) bool {
	m := sbatchMemory.FindStringSubmatch(option)
	if m == nil {
		return !notMemory.MatchString(option)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	bytes := n * units[strings.ToUpper(cmp.Or(m[2], "M"))+"i"]
	return err != nil || n != 0 && bytes < leastMemory || bytes > mostMemory
}

// isDependency tells whether an option of sbatch says what a job waits for.
func isDependency(option string) bool {
	return strings.HasPrefix(option, "--dependency=") || strings.HasPrefix(option, "-d")
}
