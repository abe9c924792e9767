package training

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"fc7/vgg"
	"fc7/vgg/train"
	"fc7/vgg/weights"
)

// TestFullNetAgainstPyTorch compares ten steps of the full VGG-16, without dropout, with the losses that PyTorch's SGD
// has on the same batches; the narrow nets of package train's golden file need none of this and always run. The folder
// that FC7_TRAIN_PEER names holds net.pth, data.npz (x [N,3,224,224], y [N]) and losses.txt ("step loss" lines, batches
// of 4, rate 0.0003; at ten times that, ten steps amplify a difference in the last digit to 1e-3):
//
//	train_torch.py losses --weights net.pth --data data.npz --batch 4 --lr 0.0003 > losses.txt
func TestFullNetAgainstPyTorch(t *testing.T) {
	dir := os.Getenv("FC7_TRAIN_PEER")
	if dir == "" {
		t.Skip("FC7_TRAIN_PEER is not set: see the comment above")
	}
	c, err := vgg.Lookup("vgg16")
	if err != nil {
		t.Fatal(err)
	}
	o := train.Defaults()
	o.Batch, o.Rate = 4, 0.0003
	n, err := train.New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Open(filepath.Join(dir, "net.pth"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	params, err := tensorsOf(file, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.SetParams(params); err != nil {
		t.Fatal(err)
	}
	x, y := peerData(t, filepath.Join(dir, "data.npz"))
	f, err := os.Open(filepath.Join(dir, "losses.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	steps := 0
	for in := bufio.NewScanner(f); in.Scan(); steps++ {
		var i int
		var want float64
		if _, err := fmt.Sscan(in.Text(), &i, &want); err != nil {
			t.Fatal(err)
		}
		const item = 224 * 224 * 3
		at := 4 * i % len(y)
		loss, err := n.Step(x[at*item:(at+4)*item], y[at:at+4])
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("step %d: loss %.6f, PyTorch's %.6f", i, loss, want)
		if math.Abs(loss-want) > 1e-4*want {
			t.Errorf("step %d: loss %v, PyTorch's %v", i, loss, want)
		}
	}
	if steps < 10 {
		t.Errorf("%d steps only", steps)
	}
}

// peerData reads the images, channels last, and their classes.
func peerData(t *testing.T, path string) ([]float32, []int) {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := func(name string) []float32 {
		x := f.Lookup(name)
		if x == nil {
			t.Fatalf("%s has no %s", path, name)
		}
		v, err := x.ReadFinite()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	planes, labels := read("x"), read("y")
	const area = 224 * 224
	x := make([]float32, len(planes))
	for i, v := range planes {
		x[(i/(3*area)*area+i%area)*3+i/area%3] = v
	}
	y := make([]int, len(labels))
	for i, v := range labels {
		y[i] = int(v)
	}
	return x, y
}
