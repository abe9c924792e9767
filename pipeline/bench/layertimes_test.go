package bench

import (
	"runtime"
	"testing"
	"time"
)

// TestPasses: what other programs disturbed does not count, unless there is nothing else.
func TestPasses(t *testing.T) {
	all := float64(runtime.NumCPU())
	pass := func(ms int, others float64) timed {
		return timed{layers: map[string]time.Duration{"layer": time.Duration(ms) * time.Millisecond}, others: others * all}
	}
	var p passes
	p.take(pass(9, 0.5))
	if got := p.median("layer"); got != 0.009 || p.counted()[0].others != 0.5*all {
		t.Errorf("a disturbed pass alone: %g s", got)
	}
	p.take(pass(3, 0.05))
	p.take(pass(8, 0.06))
	p.take(pass(2, 0))
	p.take(pass(4, 0.01))
	if got := p.median("layer"); got != 0.003 || len(p.counted()) != 3 {
		t.Errorf("three undisturbed passes: %g s, %d count", got, len(p.counted()))
	}
}

// TestFarthest: errors go either way, and the greater of one thread's and two's counts.
func TestFarthest(t *testing.T) {
	b := Teams{Layers: []Foretold{
		{"a", [2]float64{10.5, 5}, [2]float64{10, 5}},
		{"b", [2]float64{10, 4}, [2]float64{10, 5}},
		{"c", [2]float64{11, 5}, [2]float64{10, 5.1}},
	}}
	if f := b.Farthest(); f.Name != "b" || f.Error() > -0.199 || f.Error() < -0.201 {
		t.Errorf("farthest is %+v, by %g", f, f.Error())
	}
	if n := b.Within(0.1001); n != 2 {
		t.Errorf("%d within a tenth, want 2", n)
	}
}
