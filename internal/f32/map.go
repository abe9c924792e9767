package f32

// Map is a batch of feature maps, [N,H,W,C], dense, channels innermost.
type Map struct {
	N, H, W, C int
	Data       []float32 // len N*H*W*C
}

// At returns the channels of image n at row y and column x; it shares memory with the map.
func (m Map) At(n, y, x int) []float32 {
	o := ((n*m.H+y)*m.W + x) * m.C
	return m.Data[o : o+m.C : o+m.C]
}

// Image returns the values of image n, [H,W,C]; it shares memory with the map.
func (m Map) Image(n int) []float32 {
	s := m.H * m.W * m.C
	return m.Data[n*s : (n+1)*s : (n+1)*s]
}

// Batch are pictures of one size before a net: packed RGB, H*W*3 bytes each.
type Batch struct {
	H, W     int
	Pictures [][]byte
}
