package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var executions = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)

// fuzzAll runs each fuzz target for a time, until an end, if that is not zero. Inputs are minimised by one execution at
// most: by default the go command spends all of its time on that where inputs are of some kB.
func fuzzAll(length time.Duration, end time.Time, patterns ...string) error {
	all, err := targets(patterns...)
	if err != nil {
		return err
	}
	asked, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var failed []string
	sum, done := 0, 0
	fmt.Printf("%-34s %-22s %12s %12s\n", "package", "target", "executions", "interesting")
	for _, x := range all {
		if !end.IsZero() {
			length = min(length, time.Until(end))
		}
		if length <= 0 {
			break
		}
		n, interesting, err := fuzzOne(asked, x, length, end)
		if asked.Err() != nil {
			return asked.Err()
		}
		sum += n
		done++
		word, failures := "", 0
		if err != nil && (end.IsZero() || time.Now().Before(end)) { // else it was told to end while it was built
			failed, word, failures = append(failed, x.pkg+"."+x.name), "  FAILED", 1
		}
		fmt.Printf("%-34s %-22s %12d %12d%s\n", strings.TrimPrefix(x.pkg, "fc7/"), x.name, n, interesting, word)
		if err := note("fuzz", x, n, failures); err != nil {
			return err
		}
	}
	fmt.Printf("%d executions of %d of %d targets\n", sum, done, len(all))
	if len(failed) > 0 {
		return fmt.Errorf("failed: %s; the inputs are in testdata/fuzz of their packages", strings.Join(failed, ", "))
	}
	return nil
}

func fuzzOne(asked context.Context, x target, length time.Duration, end time.Time) (n, interesting int, err error) {
	ctx, cancel := until(asked, end)
	defer cancel()
	cmd := group(ctx, "test", "-run", "^$", "-fuzz", "^"+x.name+"$", "-fuzztime", length.String(), "-fuzzminimizetime", "1x", x.pkg)
	err = lines(cmd, func(line string) {
		if m := executions.FindStringSubmatch(line); m != nil {
			n, _ = strconv.Atoi(m[1])
			interesting, _ = strconv.Atoi(m[3])
		} else if !strings.HasPrefix(line, "fuzz: ") && !strings.HasPrefix(line, "ok ") && line != "PASS" {
			fmt.Println(line)
		}
	})
	return n, interesting, err
}

// lines runs a command and tells each line of its output.
func lines(cmd *exec.Cmd, tell func(string)) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return err
	}
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadString('\n')
		if line != "" {
			tell(strings.TrimRight(line, "\n"))
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	return cmd.Wait()
}

// figures are those of a reader, as internal/hostile logs them.
type figures map[string]int

var hostileLine = regexp.MustCompile(`hostile: (\w+) (.*)`)

// kinds of failures
var kinds = []string{"panic", "wrong", "time", "memory"}

// harness runs the loops of internal/hostile in the packages that have them, all if none is named, until a time comes;
// zero: to their end. how is for the log.
func harness(how string, end time.Time, patterns []string, flags ...string) error {
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	all, err := packages(damaged, patterns...)
	if err != nil {
		return err
	}
	asked, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := until(asked, end)
	defer cancel()
	total, failed, done := figures{}, 0, 0
	fmt.Printf("%-28s %-20s %5s %11s %11s %9s %9s %9s %9s  %s\n", "package", "reader", "files", "executions", "read whole", "a second", "MB a file", "ms a file", "RSS MB", "failures")
	for _, pkg := range slices.Sorted(maps.Keys(all)) {
		if ctx.Err() != nil {
			break
		}
		cmd := group(ctx, append([]string{"test", "-timeout", "0", "-run", "^TestDamaged", "-v", pkg}, flags...)...)
		cmd.Env = quick()
		err := lines(cmd, func(line string) {
			if m := hostileLine.FindStringSubmatch(line); m != nil {
				one := total.add(pkg, m[1], m[2])
				if err := note(how, target{pkg, m[1]}, one["executions"], one.failed()); err != nil {
					fmt.Println(err)
				}
			} else if strings.Contains(line, "panic") || strings.Contains(line, "kept as") {
				fmt.Println(line)
			}
		})
		if err != nil && ctx.Err() == nil {
			failed++
			fmt.Printf("%s: %v\n", pkg, err)
		}
		if ctx.Err() == nil {
			done++
		}
	}
	fmt.Printf("%d files, %d executions, %d read whole; most memory of a file %.1f MB allocated, of a process %.1f MB resident; longest %.1f s; failures:",
		total["seeds"], total["executions"], total["read"], float64(total["alloc"])/1e6, float64(total["rss"])/1e6, float64(total["ns"])/1e9)
	for _, k := range kinds {
		fmt.Printf(" %s %d", k, total[k])
	}
	fmt.Printf("; %d of %d packages to their end\n", done, len(all))
	if failed > 0 {
		return fmt.Errorf("%d packages failed", failed)
	}
	return asked.Err()
}

// until is a context that ends when a time comes; zero: never by itself.
func until(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end)
}

// group is a go command that ends with its context, and with it all that it started, for which the command alone would
// wait. A loop reports then what it counted.
func group(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		time.AfterFunc(patience, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
	}
	return cmd
}

// patience is how long a package has to report after it was told to end.
const patience = 20 * time.Second

// quick is an environment in which small files are read soon: temporary files, which some readers want, in memory where
// the system has a place for that, and one processor, since there is nothing to share out among several.
func quick() []string {
	env := append(os.Environ(), "GOMAXPROCS=1")
	const memory = "/dev/shm"
	if _, err := os.Stat(memory); err == nil && os.Getenv("TMPDIR") == "" {
		env = append(env, "TMPDIR="+memory)
	}
	return env
}

func (f figures) failed() (sum int) {
	for _, k := range kinds {
		sum += f[k]
	}
	return sum
}

// add prints a reader's figures, adds them to all, and returns them.
func (f figures) add(pkg, name, text string) figures {
	one := figures{}
	for _, pair := range strings.Fields(text) {
		key, value, _ := strings.Cut(pair, "=")
		one[key], _ = strconv.Atoi(value)
	}
	for key, n := range one {
		if key == "alloc" || key == "ns" || key == "rss" {
			f[key] = max(f[key], n)
		} else {
			f[key] += n
		}
	}
	failures := ""
	for _, k := range kinds {
		if one[k] > 0 {
			failures += fmt.Sprintf(" %s %d", k, one[k])
		}
	}
	fmt.Printf("%-28s %-20s %5d %11d %11d %9.0f %9.1f %9.1f %9.1f %s\n", strings.TrimPrefix(pkg, "fc7/"), name, one["seeds"], one["executions"], one["read"],
		float64(one["executions"])/max(float64(one["cpu"])/1e9, 1e-3), float64(one["alloc"])/1e6, float64(one["ns"])/1e6, float64(one["rss"])/1e6, failures)
	return one
}
