package f32

import (
	"slices"
	"testing"
)

// TestSteps: what planners are told of a layer is what it gives its team, and the memory is what the workspace grows
// to.
func TestSteps(t *testing.T) {
	zeros := func(n int) []float32 { return make([]float32, n) }
	for _, size := range []int{1, 2, 3, 8, 64} {
		for _, s := range [][3]int{{1, 7, 9}, {4, 7, 7}, {2, 14, 14}, {3, 30, 21}, {1, 64, 48}} {
			n, h, w := s[0], s[1], s[2]
			src := Map{N: n, H: h, W: w, C: 32, Data: Make(n * h * w * 32)}
			one := NewTeam(1)
			wino := NewWinograd(one, zeros(48*32*9), zeros(48), 48, 32)
			for _, pool := range []bool{false, true} {
				dst := Map{N: n, H: h, W: w, C: 48, Data: Make(n * h * w * 48)}
				if pool {
					dst.H, dst.W = h/2, w/2
				}
				checkSteps(t, size, WinogradSteps(size, 32, 48, n, h, w, pool), WinogradNeed(size, 32, 48, n, h, w), func(ws *Workspace) {
					wino.Run(ws, src, dst, pool)
				})
			}
			half := Map{N: n, H: h / 2, W: w / 2, C: 32, Data: Make(n * h * w * 32)}
			checkSteps(t, size, halveSteps(32, n, h, w), Need{}, func(ws *Workspace) { halve(ws, src, half) })
			rows := n * h * w
			flat := NewMatrix(32, 16, 160, nil, true)
			checkSteps(t, size, MatrixSteps(size, 32, 16, 160, n, h, w, 1), MatrixNeed(32, 16, n, h, w, 1), func(ws *Workspace) {
				flat.Run(ws, rows, src.Data, Make(rows*160))
			})
			window := NewMatrix(49*32, 32, 160, nil, true)
			out := Map{N: n, H: h - 6, W: w - 6, C: 160, Data: Make(rows * 160)}
			checkSteps(t, size, MatrixSteps(size, 32, 32, 160, n, h, w, 7), MatrixNeed(32, 32, n, h, w, 7), func(ws *Workspace) {
				window.RunWindows(ws, []Map{src}, out.Data, 7)
			})
			one.Close()
		}
	}
}

func checkSteps(t *testing.T, size int, steps []Step, need Need, run func(*Workspace)) {
	t.Helper()
	has, most := checkTold(t, size, steps, need, run)
	part := int64(4)
	if need.v > 0 && need.workerV > 0 { // for fewer tiles, too: see TestNeedOfFewer
		part = 40
	}
	if need != (Need{}) && has < most/part {
		t.Errorf("%d workers: %d bytes, told %d", size, has, most)
	}
}

// checkTold compares the pieces, and that no more memory was taken than was told of.
func checkTold(t *testing.T, size int, steps []Step, need Need, run func(*Workspace)) (has, most int64) {
	t.Helper()
	team := NewTeam(size)
	defer team.Close()
	ws := NewWorkspace(team)
	var got, want []int
	team.heard = func(pieces int) { got = append(got, pieces) }
	run(ws)
	for _, s := range steps {
		want = append(want, s.Pieces)
		if s.Pieces < 1 || s.Work < 0 || s.Bytes <= 0 {
			t.Errorf("%d workers: %+v", size, s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d workers: pieces %v, told %v", size, got, want)
	}
	if has, most = ws.Bytes(), need.Bytes(size); has > most {
		t.Errorf("%d workers: %d bytes, told at most %d", size, has, most)
	}
	return has, most
}

// TestNeedOfFewer: what a convolution of many maps is told to need is enough for fewer, too, which a team shares out
// step by step, in memory of another kind.
func TestNeedOfFewer(t *testing.T) {
	const size, c, side, most = 8, 64, 28, 16
	team := NewTeam(size)
	defer team.Close()
	ws := NewWorkspace(team)
	wino := NewWinograd(team, make([]float32, 9*c*c), make([]float32, c), c, c)
	src, dst := Make(most*side*side*c), Make(most*side*side*c)
	told := WinogradNeed(size, c, c, most, side, side).Bytes(size)
	for _, n := range []int{most, most / 2, most/2 - 1, 1} {
		m := Map{N: n, H: side, W: side, C: c}
		from, to := m, m
		from.Data, to.Data = src[:n*side*side*c], dst[:n*side*side*c]
		for range 10 { // a thread that came too late for a piece has no memory yet
			wino.Run(ws, from, to, false)
		}
		if has := ws.Bytes(); has > told {
			t.Errorf("%d maps: %d bytes, told at most %d for up to %d maps", n, has, told, most)
		}
	}
}
