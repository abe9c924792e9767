package f32

import (
	"slices"
	"testing"
)

// TestRunSome: rows that lie apart, done by themselves from some column on, have the bits of all of them done at once.
func TestRunSome(t *testing.T) {
	const depth, chunk, cols, rows, apart = 48, 16, 70, 29, 5
	team := NewTeam(2)
	defer team.Close()
	ws := NewWorkspace(team)
	bias := []float32{1, -2, 3}
	for _, relu := range []bool{false, true} {
		m := NewMatrix(depth, chunk, cols, bias, relu)
		for d := range depth {
			w := make([]float32, cols)
			for c := range w {
				w[c] = float32((c*7+d*5)%11-5) / 7
			}
			m.SetDepth(d, w)
		}
		x, wide := Make(rows*depth), Make(rows*(depth+apart))
		for i := range rows {
			for d := range depth {
				x[i*depth+d] = float32((i*3+d*2)%13-6) / 9
			}
			copy(wide[i*(depth+apart):], x[i*depth:(i+1)*depth])
		}
		want, got := Make(rows*m.Cols), Make(rows*m.Cols)
		m.Run(ws, rows, x, want)
		for _, from := range []int{0, 16, 64} {
			for i := range got {
				got[i] = -77
			}
			m.RunSome(ws, rows, wide, depth+apart, got, from)
			for i := range got {
				if w := want[i]; i%m.Cols >= from && got[i] != w || i%m.Cols < from && got[i] != -77 {
					t.Fatalf("from column %d: row %d, column %d is %v, want %v", from, i/m.Cols, i%m.Cols, got[i], w)
				}
			}
		}
	}
}

// TestSetDepth: weights put in input by input lie where those put in output by output do.
func TestSetDepth(t *testing.T) {
	for _, cols := range []int{1, 7, 15, 16, 17, 20, 32, 33, 100} {
		for _, depth := range []int{16, 48} {
			for _, chunk := range []int{4, 8, 16} {
				byOutput, byInput := NewMatrix(depth, chunk, cols, nil, false), NewMatrix(depth, chunk, cols, nil, false)
				at := make([]int32, depth)
				for d := range at {
					at[d] = int32(d)
				}
				rows := make([][]float32, cols)
				for c := range rows {
					rows[c] = make([]float32, depth)
					for d := range rows[c] {
						rows[c][d] = float32(1 + c*depth + d)
					}
				}
				for c := 0; c < cols; c += 16 {
					byOutput.Set(c/16, rows[c:min(c+16, cols)], at)
				}
				for d := range depth {
					column := make([]float32, cols)
					for c := range column {
						column[c] = rows[c][d]
					}
					byInput.SetDepth(d, column)
				}
				if !slices.Equal(byOutput.b, byInput.b) {
					t.Errorf("%d columns, depth %d, chunks of %d: the weights lie elsewhere", cols, depth, chunk)
				}
			}
		}
	}
}
