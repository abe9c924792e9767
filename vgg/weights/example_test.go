package weights_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"fc7/vgg/weights"
)

// A file's content tells its format. Tensors are read one by one, so that a file may be larger than memory.
func ExampleOpen() {
	f, err := weights.Open("testdata/state_zip.pth")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	fmt.Println(f.Format)
	for _, t := range f.Tensors {
		if len(t.Shape) == 2 {
			fmt.Println(t.Name, t.Dtype, t.Shape)
		}
	}
	// Output:
	// pytorch-zip
	// layout.transposed float32 [3 5]
	// layout.block float32 [2 3]
	// layout.half_transposed float16 [4 3]
	// layout.empty float32 [0 3]
	// layout.parameter float32 [2 2]
}

// What is written as safetensors is read back by fc7, PyTorch and everything else that knows the format. A file that
// stands there is not replaced.
func ExampleWriteSafetensors() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "head.safetensors")
	weight := weights.SliceSource("weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	if err := weights.WriteSafetensors(path, []weights.Source{weight}, weights.SafetensorsOptions{}); err != nil {
		log.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	t, err := f.Expect("weight", 2, 3) // or an error that says what the file has instead
	if err != nil {
		log.Fatal(err)
	}
	values, err := t.ReadFinite()
	fmt.Println(values, err)
	// Output: [1 2 3 4 5 6] <nil>
}
