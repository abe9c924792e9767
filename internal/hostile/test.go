package hostile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"fc7/internal/atomicfile"
	"fc7/internal/machine"
)

var (
	mutations = flag.Int("hostile.mutations", 0, "mutated files for each reader; 0: some hundreds, fewer of slow ones")
	lasting   = flag.Duration("hostile.for", 0, "go on with mutated files until each reader has used the processor for so long")
	only      = flag.String("hostile.only", "", "the readers to try, as a regular expression of their fuzz targets' names; empty: all")
	seed      = flag.Uint64("hostile.seed", 1, "which mutations; the same seed makes the same again")
	every     = flag.Bool("hostile.every", false, "change every byte and cut at every byte of the seeds, not at some places alone")
	keep      = flag.Bool("hostile.keep", false, "keep a file that a reader fails on under testdata/fuzz, where the fuzz target of that name finds it")
)

// usual is how many mutated files a reader gets if no number is asked for.
const usual = 400

// tenSeeds is how many whole files of a format are damaged at least.
const tenSeeds = 10

// some is how many places of all seeds of a reader together are changed unless every one is asked for.
const some = 200

// fewer is what the numbers of changes and mutations are divided by in short tests, such as those under the race
// detector, which looks for what no byte of a file changes.
func fewer() int {
	if testing.Short() {
		return 8
	}
	return 1
}

// Test tries the reader that the fuzz target of this name is for, and logs figures.
func (x *Target) Test(t *testing.T, name string) {
	t.Helper()
	if ok, err := regexp.MatchString(*only, name); !ok {
		t.Skipf("not one of -hostile.only=%s (%v)", *only, err)
	}
	r := &run{t: t, x: x, name: name, w: newWatch(name), first: newResult(resultSeed), again: newResult(resultSeed), failures: map[string]int{}}
	defer r.w.close()
	defer calm()()
	began := spent()
	x.whole(r)
	if !x.EditsOnly {
		x.flips(r)
	}
	x.mutations(r)
	r.report(spent() - began)
}

// Tests are readers by the names of their fuzz targets.
func Tests(t *testing.T, targets map[string]*Target) {
	t.Helper()
	for name, x := range targets {
		t.Run(name, func(t *testing.T) { x.Test(t, name) })
	}
}

// whole reads the seeds as they are. Most of them must be read without an error: what is refused at the door tries
// nothing behind it.
func (x *Target) whole(r *run) {
	r.t.Helper()
	for i, s := range x.Seeds {
		before := r.read
		if err := r.one(s, false, true); r.read == before {
			r.t.Logf("seed %d of %d is not read: %v", i, len(x.Seeds), err)
		}
	}
	if len(x.Seeds) < tenSeeds {
		r.t.Errorf("%d seeds, want at least %d of different structure", len(x.Seeds), tenSeeds)
	}
	if 2*r.read < len(x.Seeds) {
		r.t.Errorf("%d of %d seeds are read", r.read, len(x.Seeds))
	}
}

// flips changes each byte of each seed in four ways, as it is and with sums mended, and cuts each seed there.
func (x *Target) flips(r *run) {
	all := 0
	for _, s := range x.Seeds {
		all += len(s)
	}
	step := 1
	if !*every {
		step = max(1, all*max(1, x.Slow)*fewer()/some)
	}
	at := 0
	for _, s := range x.Seeds {
		for i := range s {
			if at++; at%step != 0 {
				continue
			}
			if stopped.Load() {
				return
			}
			_ = r.one(s[:i], false, i%16 == 0)
			for _, v := range []byte{^s[i], s[i] ^ 1, 0, 0xff} {
				if v == s[i] {
					continue
				}
				d := bytes.Clone(s)
				d[i] = v
				_ = r.one(d, false, false)
				if x.Mend == nil && x.MendBy == nil {
					continue
				}
				d = bytes.Clone(d) // the other may be read again by look
				if x.Mend != nil {
					d = x.Mend(s, d)
				}
				_ = r.one(d, true, false)
			}
		}
	}
}

// mutations reads as many mutated files as were asked for, and goes on for as long as was asked for.
func (x *Target) mutations(r *run) {
	rng := rand.New(rand.NewPCG(*seed, 16))
	count := *mutations
	if count == 0 {
		count = (usual/fewer() + x.Slow) / max(1, x.Slow)
	}
	began := spent()
	for n := 0; !stopped.Load() && (n < count || n%64 != 0 || spent()-began < *lasting); n++ {
		s := x.Seeds[rng.IntN(len(x.Seeds))]
		_ = r.one(x.mutated(s, randomEdits(rng, 1+n%8)), true, n%32 == 0)
	}
}

// run counts what became of the files.
type run struct {
	t            *testing.T
	x            *Target
	name         string
	w            *watch
	first, again *Result

	executions, read int
	longest          time.Duration // of the processor
	failures         map[string]int

	batch   batch
	most    uint64 // bytes allocated for a file, of those that were looked at alone
	largest uint64 // bytes allocated for a batch
	sum     uint64 // bytes allocated for all batches
	looks   uint64 // batches
}

// one reads a file, and now and then again.
func (r *run) one(file []byte, mend, twice bool) error {
	r.t.Helper()
	if len(r.batch.files) == 0 {
		r.batch.before = allocated()
	}
	err := r.execute(file, mend, twice)
	r.batch.files, r.batch.mended = append(r.batch.files, file), append(r.batch.mended, mend)
	if len(r.batch.files) == batchSize {
		r.look()
	}
	return err
}

func (r *run) execute(file []byte, mend, twice bool) error {
	r.t.Helper()
	r.executions++
	var wrong string
	r.first.unheard = !twice
	took, panicked, err := r.w.guarded(file, func() error {
		err := r.x.read(file, r.first, mend)
		if wrong = r.first.wrong; wrong == "" && twice {
			wrong = r.x.differs(file, r.first, r.again, err)
		}
		return err
	})
	if err == nil && panicked == "" {
		r.read++
	}
	switch {
	case panicked != "":
		r.fail("panic", file, panicked)
	case wrong != "":
		r.fail("wrong", file, wrong)
	case took > r.longest:
		r.time(file, mend)
	}
	return err
}

// shown is how many failures of a kind are told in words.
const shown = 3

func (r *run) fail(kind string, file []byte, what string) {
	r.t.Helper()
	r.failures[kind]++
	if r.failures[kind] > shown {
		return
	}
	if !*keep {
		r.t.Errorf("%s: %s\nfile: %.200q", kind, what, file)
		return
	}
	path := filepath.Join("testdata", "fuzz", r.name, fmt.Sprintf("%x", sha256.Sum256(file))[:16])
	text := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n[]byte(\"\")\n", file)
	if err := errors.Join(atomicfile.MkdirAll(filepath.Dir(path)), atomicfile.WriteBytes(path, []byte(text), true)); err != nil {
		r.t.Fatal(err)
	}
	r.t.Errorf("%s: %s\nkept as %s", kind, what, path)
}

// report logs the figures, in a form that .ci/fuzz adds up.
func (r *run) report(cpu time.Duration) {
	r.t.Helper()
	if len(r.batch.files) > 0 {
		r.look()
	}
	r.t.Logf("hostile: %s seeds=%d executions=%d read=%d alloc=%d ns=%d cpu=%d panic=%d wrong=%d time=%d memory=%d rss=%d", r.name, len(r.x.Seeds),
		r.executions, r.read, r.most, r.longest.Nanoseconds(), cpu.Nanoseconds(), r.failures["panic"], r.failures["wrong"], r.failures["time"], r.failures["memory"], machine.PeakMemory())
}
