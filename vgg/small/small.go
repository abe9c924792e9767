// Package small holds the net that ships with fc7: a narrow VGG that fc7 itself trained on the images of Caltech-101,
// so that everything works offline and at once. README.md beside this file is its model card: data, recipe, figures,
// limits.
package small

import (
	_ "embed"

	"fc7/vgg/weights"
)

// Name is what stands for the weights where a file is asked for.
const Name = "small"

//go:embed small.safetensors
var file []byte

// Open opens the weights. The caller closes them.
func Open() (*weights.File, error) { return weights.OpenBytes(Name, file) }
