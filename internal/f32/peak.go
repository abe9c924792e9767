package f32

import (
	"runtime"
	"time"
)

// Peak measures how many GFLOP/s (a multiply-add counts as two) n workers do when they do nothing but multiply and add
// in registers: the roof that no kernel can pass. It takes up to two seconds: a clock needs tenths of a second of work
// to rise, and a window of a millisecond or two measures how it does.
func Peak(n int) float64 {
	set := active.Load()
	team := NewTeam(n)
	defer team.Close()
	j := peakJob{set.peak, 1 << 12}
	took := func() time.Duration {
		t := time.Now()
		team.Run(team.Size(), j)
		return time.Since(t)
	}
	for took() < peakWindow {
		j.rounds *= 2
	}
	best, since := 0.0, 0
	for began := time.Now(); since < peakSteady && time.Since(began) < 2*time.Second; since++ {
		rate := 2 * float64(j.rounds*set.peakSize*team.Size()) / took().Seconds() / 1e9
		if rate > best*1.002 {
			since = 0
		}
		best = max(best, rate)
	}
	return best
}

const (
	peakWindow = 25 * time.Millisecond
	peakSteady = 12 // windows without a better one
)

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
