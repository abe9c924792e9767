package f32

const (
	outerDown   = 64 // rows of c that a worker does at a time
	outerAcross = 4  // times the panels that the kernel takes at once
)

// Outer adds aᵀ b to c: c[i][j] += Σ_k a[k][i]·b[k][j] for n rows k of a and b, m rows i and d columns j of c; d is a
// multiple of Lanes, and the strides are between rows. upper leaves out blocks of c that lie below its diagonal. Sums
// run from the first row to the last, so results do not depend on the workers.
func Outer(ws *Workspace, n, m, d int, a []float32, aStride int, b []float32, bStride int, c []float32, cStride int, upper bool) {
	set := ws.set
	wide := 16 * set.panels * outerAcross
	down, across := (m+outerDown-1)/outerDown, (d+wide-1)/wide
	ws.Team.Run(down*across, Pieces(func(_, piece int) {
		i0, j0 := piece%down*outerDown, piece/down*wide
		i1, j1 := min(m, i0+outerDown), min(d, j0+wide)
		if upper && j1 <= i0 {
			return
		}
		for j := j0; j < j1; j += 16 * set.panels {
			for i := i0; i < i1; i += set.outerRows {
				set.outer(min(set.outerRows, i1-i), min(set.panels, (j1-j)/16), a[i:], aStride, b[j:], bStride, 16, c[i*cStride+j:], cStride, n, true)
			}
		}
	}))
}
