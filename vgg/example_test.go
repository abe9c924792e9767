package vgg_test

import (
	"context"
	"fmt"
	"log"

	"fc7/vgg"
	"fc7/vgg/small"
)

// The nets are a table, from which everything about them is read.
func ExampleLookup() {
	d, err := vgg.Lookup("vgg16")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("configuration", d.Paper, "with", d.Depth(), "weight layers and", d.Params(), "parameters")
	for _, l := range d.Layers() {
		if l.Kind == vgg.Pooling {
			fmt.Print(l.Name, " ")
		}
	}
	fmt.Println()
	// Output:
	// configuration D with 16 weight layers and 138357544 parameters
	// pool1 pool2 pool3 pool4 pool5
}

// A model runs over an image of any size from 224x224 up: fc6 and what follows are convolutions then, so that the map
// of fc7 has a descriptor for each position.
func ExampleRunner_Forward() {
	f, err := small.Open() // the net that ships; weights.Open reads files of every format
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	m, err := vgg.Load(context.Background(), f, vgg.LoadOptions{})
	if err != nil {
		log.Fatal(err)
	}
	r := vgg.NewRunner(m, 1)
	defer r.Close()
	const h, w = 224, 320
	grey := make([]byte, h*w*3) // packed RGB, as decoded: preprocessing belongs to the model
	maps, err := r.Forward(context.Background(), h, w, [][]byte{grey}, []string{"pool5", "fc7"})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range maps {
		fmt.Println(m.N, "x", m.H, "x", m.W, "x", m.C)
	}
	// Output:
	// 1 x 7 x 10 x 128
	// 1 x 1 x 4 x 208
}
