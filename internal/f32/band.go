package f32

// Band is a run of whole rows of a batch of maps: rows Top to Top+Rows-1 of maps that are H rows high. A whole map is
// the band with Top 0 and Rows H.
type Band struct {
	N, H, W, C int
	Top, Rows  int
	Data       []float32 // [N,Rows,W,C]
}

// Whole is the band of all rows of a map.
func (m Map) Whole() Band {
	return Band{N: m.N, H: m.H, W: m.W, C: m.C, Rows: m.H, Data: m.Data}
}

// index is the place of the first channel at row y, column x of map n.
func (b *Band) index(n, y, x int) int {
	return ((n*b.Rows+y-b.Top)*b.W + x) * b.C
}

// Row returns row y of map n, [W,C].
func (b *Band) Row(n, y int) []float32 {
	i := b.index(n, y, 0)
	return b.Data[i : i+b.W*b.C : i+b.W*b.C]
}
