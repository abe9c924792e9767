package svm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// recordedBits are digests of models. The processor has no part in them: no product is fused with a sum. The logistic
// loss is not among them, since math.Exp differs between processors.
var recordedBits = map[string]string{
	"squared hinge 60x37":  "9de1753195f3d91e3e68e42d8a21ccb963c6417ba927f30dae8739baec9ad2c4",
	"squared hinge 400x21": "4d70f70543aa3a9b083773fdfd9829ef6a837ffdf353b0e254c12279f9fcc58e",
	"hinge 60x37":          "3a904be37036b116a2911da6268b4a558304e01b7c8cc0f06eaf4fb2c3578732",
	"hinge 400x21":         "5650ecb5eb5c6fe4bd10dc56edb67d6af321e92c83ca24e81469b47b7638781f",
}

// TestBits: heads of hinge losses are the same to the last bit on amd64 and, under an emulator, on arm64, with few rows
// and with many.
func TestBits(t *testing.T) {
	for _, loss := range []Loss{SquaredHinge, Hinge} {
		for _, size := range [][2]int{{60, 37}, {400, 21}} {
			name := fmt.Sprintf("%v %dx%d", loss, size[0], size[1])
			models, _, err := TrainPath(t.Context(), drawnProblem(size[0], size[1]), Options{Loss: loss, Bias: 1, PositiveWeight: 1.7}, []float64{0.3, 1, 9})
			if err != nil {
				t.Fatal(err)
			}
			h := sha256.New()
			for _, m := range models {
				for k, w := range m.Weights {
					for _, v := range append([]float64{m.Bias[k]}, w...) {
						h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
					}
				}
			}
			if got := hex.EncodeToString(h.Sum(nil)); got != recordedBits[name] {
				t.Errorf("%s: %s, recorded %s", name, got, recordedBits[name])
			}
		}
	}
}

// drawnProblem has n rows of d values in two blocks, one with factors, of three classes.
func drawnProblem(n, d int) Problem {
	r := rand.New(rand.NewPCG(uint64(n), uint64(d)))
	cut := d / 3
	a, b := Block{Width: cut}, Block{Width: d - cut}
	labels := make([]int, n)
	for i := range n {
		labels[i] = r.IntN(3)
		row := make([]float32, d)
		for k := range row {
			row[k] = float32(r.Float64() - 0.5)
		}
		row[labels[i]] += 0.4
		a.Rows, a.Scale = append(a.Rows, row[:cut]), append(a.Scale, 0.5+r.Float64())
		b.Rows = append(b.Rows, row[cut:])
	}
	return Problem{X: Matrix{N: n, D: d, Blocks: []Block{a, b}}, Y: OneVsRest(labels, 3)}
}
