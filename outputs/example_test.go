package outputs_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"fc7/outputs"
)

// A table is written row by row, and a row without a descriptor says why it has none. Reading takes the columns that
// are asked for.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "table.parquet")
	cols := []outputs.Column{outputs.NewColumn("fc7", 256, 3, outputs.Float32)}
	id := outputs.Identity{Format: outputs.FormatVersion, Net: "vgg16", Layers: []string{"fc7"}, Scales: []int{256}, Dtype: outputs.Float32, Inputs: outputs.Inputs{Count: 2}}
	w, err := outputs.CreateParquet(path, cols, id, false)
	if err != nil {
		log.Fatal(err)
	}
	rows := []outputs.Row{
		{Image: "cat.jpg", Width: 640, Height: 480, Labels: []string{"cat"}, Status: outputs.StatusOK, Descriptors: [][]float32{{1, 0, 2}}},
		{Image: "cut.jpg", Status: outputs.StatusFailed, Error: "decode jpeg: unexpected EOF"},
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil { // only now the file stands under its name
		log.Fatal(err)
	}
	t, err := outputs.OpenTable(path, outputs.ReadOptions{Columns: []string{"fc7_q256"}})
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	m, err := t.Descriptors("fc7_q256")
	if err != nil {
		log.Fatal(err)
	}
	for i, r := range t.Rows {
		fmt.Println(r.Image, m.OK[i], m.Row(i), r.Status)
	}
	// Output:
	// cat.jpg true [1 0 2] ok
	// cut.jpg false [0 0 0] failed
}
