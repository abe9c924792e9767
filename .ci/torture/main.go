// Torture proves that nothing is lost: it lets fc7 work on a disk of its own making, a FUSE file system in memory, on
// which things go wrong, and looks at what is left.
//
//	go -C .ci/torture run . -fc7 ../../bin/fc7 -budget 2m
//
// power: at a call that changes the disk the power goes. What was synced is there afterwards; of the rest any part that
// a disk may choose, drawn by the seed (disk.go). kills: the process is killed, there or at any moment. faults: one
// call fails, each in turn, with each error that it can have. What is left is judged thrice: no file with its final
// name is anything but as it was or as it should become; programs that read it find it right or say what is wrong; and
// the same command leaves what an undisturbed run does, to the last byte, and nothing else.
//
// rows and readers are two more, on the system's disk: many rows in one table, whose memory must not grow, and many
// processes that read a table while another updates it.
//
// Names of the parts that are wanted are arguments; without any it is the first three. Status 1: something was not as
// promised, and the line says the job, the point and the seed that show it again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// options are those of a run.
type options struct {
	bin     string
	budget  time.Duration // 0: until all is done
	seed    uint64
	points  int
	kills   int
	faults  int
	only    string
	workers int
	heavy   bool
	rows    int
	rounds  int
	verbose bool
	parts   []part
}

func main() {
	var o options
	flag.StringVar(&o.bin, "fc7", "bin/fc7", "the program")
	flag.DurationVar(&o.budget, "budget", 0, "end after this time; 0: when all is done")
	flag.Uint64Var(&o.seed, "seed", 1, "of all that is random")
	flag.IntVar(&o.points, "points", 200, "points of each job at which the power goes")
	flag.IntVar(&o.kills, "kills", 50, "kills of each job")
	flag.IntVar(&o.faults, "faults", 0, "calls of each job that fail; 0: all, with all errors")
	flag.StringVar(&o.only, "only", "", "the jobs whose name begins so")
	flag.IntVar(&o.workers, "workers", runtime.NumCPU(), "jobs at once")
	flag.IntVar(&o.rows, "rows", 1_000_000, "rows of the part rows")
	flag.IntVar(&o.rounds, "rounds", 10, "reads of each of the 64 processes of the part readers")
	flag.BoolVar(&o.heavy, "heavy", false, "the jobs of minutes too")
	flag.BoolVar(&o.verbose, "v", false, "tell each trial")
	flag.Parse()
	for _, a := range flag.Args() {
		o.parts = append(o.parts, part(a))
	}
	if len(o.parts) == 0 {
		o.parts = []part{power, kills, failed}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bad, err := run(ctx, o)
	var none *noFuseError
	switch {
	case errors.As(err, &none):
		fmt.Println("torture: left out:", err)
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(2)
	case bad > 0:
		os.Exit(1)
	}
}

// run does all that is asked for and returns how often something was not as promised.
func run(ctx context.Context, o options) (bad int, err error) {
	bin, err := filepath.Abs(o.bin)
	if err == nil {
		_, err = os.Stat(bin)
	}
	if err != nil {
		return 0, err
	}
	if err := o.atLength(ctx, bin); err != nil {
		return 0, err
	}
	if o.parts = slices.DeleteFunc(o.parts, func(p part) bool { return p == rows || p == readers }); len(o.parts) == 0 {
		return 0, nil
	}
	s, end, err := serve()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, end()) }()
	home, err := os.MkdirTemp("", "fc7-torture-home-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(home)
	t := &table{}
	err = torture(ctx, o, s, bin, home, t)
	t.print(os.Stdout)
	return t.bad(), err
}
