package f32

import (
	"runtime"
	"time"
)

// Peak measures how many GFLOP/s (a multiply-add counts as two) n workers do when they do nothing but multiply and add
// in registers: the roof that no kernel can pass.
func Peak(n int) float64 {
	set := active.Load()
	team := NewTeam(n)
	defer team.Close()
	j := peakJob{set.peak, 1 << 17}
	team.Run(team.Size(), j) // brings the clock up
	best := 0.0
	for range 20 {
		runtime.Gosched()
		t := time.Now()
		team.Run(team.Size(), j)
		best = max(best, 2*float64(j.rounds*set.peakSize*team.Size())/time.Since(t).Seconds()/1e9)
	}
	return best
}

type peakJob struct {
	f      func(n int)
	rounds int
}

func (j peakJob) Do(_, _ int) { j.f(j.rounds) }

// peakPlain does n times 8 multiply-adds.
func peakPlain(n int) {
	var s [8]float32
	x := float32(1e-9)
	for range n {
		s[0] += x * x
		s[1] += x * x
		s[2] += x * x
		s[3] += x * x
		s[4] += x * x
		s[5] += x * x
		s[6] += x * x
		s[7] += x * x
	}
	runtime.KeepAlive(s)
}
