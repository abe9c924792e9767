package vgg

import (
	"encoding/json"
	"fmt"

	"fc7/internal/readjson"
	"fc7/vgg/weights"
)

// MetaClasses is the metadata key under which a safetensors file of fc7 names the outputs of fc8: a JSON list of
// strings, the labels of the data set that the net was trained on. Files without it are of ImageNet's classes, or of
// unknown ones.
const MetaClasses = "fc7.classes"

// MetaBoxes is the metadata key under which a safetensors file of fc7 says that the outputs of fc8 are boxes, and
// which: a JSON object, a head of package localise.
const MetaBoxes = "fc7.boxes"

// EncodeClasses is the value of MetaClasses for these labels.
func EncodeClasses(labels []string) (string, error) {
	text, err := json.Marshal(labels)
	return string(text), err
}

// ClassesOf returns the labels that a weights file names, one for each output of the net; nil where it names none. The
// outputs of a net that predicts boxes are no classes: an error.
func ClassesOf(f *weights.File, c Config) ([]string, error) {
	text := f.Metadata[MetaClasses]
	if f.Metadata[MetaBoxes] != "" {
		return nil, fmt.Errorf("%s: the net predicts boxes, not classes: fc7 localise takes it as --boxes-net; classes are those of the net that it was trained from", f.Path)
	}
	if text == "" {
		return nil, nil
	}
	var labels []string
	if err := readjson.Text([]byte(text), &labels); err != nil {
		return nil, fmt.Errorf("%s: metadata %s: want a JSON list of strings: %w", f.Path, MetaClasses, err)
	}
	if len(labels) != c.Classes {
		return nil, fmt.Errorf("%s: metadata %s names %d classes, but %s has %d outputs", f.Path, MetaClasses, len(labels), c.Name, c.Classes)
	}
	return labels, nil
}
