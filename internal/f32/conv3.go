package f32

// Conv3 is a 3x3 convolution over three channels, stride 1, zero padding 1, with bias and ReLU, done directly: with so
// few inputs the transforms would cost more than they save.
type Conv3 struct {
	K    int       // channels out, a multiple of Lanes
	w    []float32 // [K/16][27][16], the 27 in order rows, columns, colours
	bias []float32
}

// NewConv3 packs the filters w, [k,3,3,3] in order outputs, colours, rows, columns.
func NewConv3(w, bias []float32, k int) *Conv3 {
	l := &Conv3{K: Pad(k), w: Make(27 * Pad(k)), bias: Make(Pad(k))}
	copy(l.bias, bias[:k])
	for o := range k {
		for colour := range 3 {
			for tap := range 9 {
				l.w[(o/16*27+3*tap+colour)*16+o%16] = w[(o*3+colour)*9+tap]
			}
		}
	}
	return l
}

// Row computes one output row, dst [n][K], from three input rows with a pixel of padding at each end, [n+2][3].
func (l *Conv3) Row(ws *Workspace, dst []float32, n int, r0, r1, r2 []float32) {
	ws.set.conv3(dst[:n*l.K], n, l.K, r0, r1, r2, l.w, l.bias)
}
