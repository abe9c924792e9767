package hostile

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
)

// A look at the allocations, or at the time that the processor spent, takes longer than many a file. So files are
// looked at by batches, and one by one, by reading them once more, where a batch as a whole got more than one of its
// files may. So no file can go beyond its bound unseen. For the figure of what most files stay below, so are batches
// that got more than any before, or more than others by twice what a file was seen to get.

// batchSize is how many files a batch has.
const batchSize = 64

// batch is the files since allocations were last looked at.
type batch struct {
	files  [][]byte
	mended []bool
	before uint64
}

// look sees what was allocated for the files of a batch.
func (r *run) look() {
	r.t.Helper()
	all := allocated() - r.batch.before
	files, mended := r.batch.files, r.batch.mended
	r.batch.files, r.batch.mended = files[:0], mended[:0]
	r.sum, r.looks = r.sum+all, r.looks+1
	suspect := min(r.largest, 2*r.most+r.sum/r.looks)
	r.largest = max(r.largest, all)
	for _, file := range files {
		suspect = min(suspect, r.x.alloc(len(file)))
	}
	if all <= suspect {
		return
	}
	for i, file := range files {
		before := allocated()
		_, _, _ = r.w.guarded(file, func() error { return r.x.read(file, r.first, mended[i]) })
		n := allocated() - before
		r.most = max(r.most, n)
		if n > r.x.alloc(len(file)) {
			r.fail("memory", file, fmt.Sprintf("%d bytes allocated for a file of %d, want at most %d", n, len(file), r.x.alloc(len(file))))
		}
	}
}

// time reads a file that took long by the clock once more, and sees how long the processor takes.
func (r *run) time(file []byte, mend bool) {
	r.t.Helper()
	before := spent()
	_, _, _ = r.w.guarded(file, func() error { return r.x.read(file, r.first, mend) })
	took := spent() - before
	r.longest = max(r.longest, took)
	if took > maxTime {
		r.fail("time", file, fmt.Sprintf("%v, want at most %v", took, maxTime))
	}
}

// stopped says that somebody asked for an end: what was counted until then is reported.
var stopped atomic.Bool

// calm lets the garbage collector, which would take most of the time of small files, come rarely, and an interrupt end
// the loops. The function that it returns puts both back.
func calm() func() {
	percent, limit := debug.SetGCPercent(calmPercent), debug.SetMemoryLimit(calmLimit)
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-asked:
			stopped.Store(true)
		case <-done:
		}
	}()
	return func() {
		signal.Stop(asked)
		close(done)
		<-ended
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

const (
	calmPercent = 800       // of 4 MB at least
	calmLimit   = 256 << 20 // bytes; beyond it the collector comes as often as it must
)
