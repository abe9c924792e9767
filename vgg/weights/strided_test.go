package weights

import (
	"io"
	"math/rand/v2"
	"testing"
)

// stridedView makes a random view of a counting storage: axes in any order of storage, with gaps between them.
func stridedView(random *rand.Rand) (*Tensor, []float32) {
	rank := 1 + random.IntN(4)
	shape, strides := make([]int, rank), make([]int, rank)
	step := 1 + random.IntN(3)
	for _, axis := range random.Perm(rank) {
		shape[axis] = 1 + random.IntN(6)
		strides[axis] = step
		step *= shape[axis] + random.IntN(2)
	}
	start := random.IntN(5)
	last := start
	for i := range shape {
		last += (shape[i] - 1) * strides[i]
	}
	t := &Tensor{
		Name: "w", Shape: shape, strides: strides, start: 4 * int64(start),
		data: newMemory(littleFloats(counting(last + 1)...)), // not a byte more
	}
	want := make([]float32, t.Len())
	for i := range want {
		at := start
		for axis, p := range position(shape, i) {
			at += p * strides[axis]
		}
		want[i] = float32(at)
	}
	return t, want
}

func TestStridedViews(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		tensor, want := stridedView(random)
		got := make([]float32, len(want))
		if err := tensor.readStrided(got, 0); err != nil {
			t.Fatal(err)
		}
		sameBits(t, got, want)
		off := random.IntN(len(want))
		n := 1 + random.IntN(len(want)-off)
		for _, chunk := range []int{1, 2, 7, 64} { // so small that spans have to be cut
			part := make([]float32, n)
			r := &stridedReader{t: tensor, dst: part, buf: make([]float32, chunk)}
			if err := r.readRange(0, off, n, 0, 0); err != nil {
				t.Fatal(err)
			}
			sameBits(t, part, want[off:off+n])
		}
	}
}

// A repeated axis has stride 0.
func TestRepeatedAxis(t *testing.T) {
	tensor := &Tensor{Shape: []int{3, 2}, strides: []int{0, 1}, data: newMemory(littleFloats(5, 6))}
	sameBits(t, readAll(t, tensor), []float32{5, 6, 5, 6, 5, 6})
}

// meter counts what is read.
type meter struct {
	r     io.ReaderAt
	reads int
	bytes int
	most  int
}

func (m *meter) ReadAt(p []byte, off int64) (int, error) {
	m.reads, m.bytes, m.most = m.reads+1, m.bytes+len(p), max(m.most, len(p))
	return m.r.ReadAt(p, off)
}

// A transposed matrix of several chunks is read once, in pieces; its rows alone, without the rest.
func TestTransposedMatrixIsReadOnce(t *testing.T) {
	const rows, columns = 400, 3000
	data := littleFloats(counting(rows * columns)...)
	m := &meter{r: newMemory(data)}
	tensor := &Tensor{Name: "w", Shape: []int{columns, rows}, strides: []int{1, columns}, data: m}
	got := readAll(t, tensor)
	for i, v := range got {
		if want := float32(i%rows*columns + i/rows); v != want {
			t.Fatalf("element %d is %g, expected %g", i, v, want)
		}
	}
	if m.bytes > len(data) || m.most > 4*chunkElements || m.reads > 2*rows*columns/chunkElements+2 {
		t.Errorf("%d reads of up to %d bytes, %d in all; the file has %d", m.reads, m.most, m.bytes, len(data))
	}
	*m = meter{r: m.r}
	if err := tensor.ReadFloat32At(make([]float32, 2*rows), 0); err != nil {
		t.Fatal(err)
	}
	if m.bytes != 2*4*rows {
		t.Errorf("%d bytes read for two rows of %d", m.bytes, 4*rows)
	}
}
