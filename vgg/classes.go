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

// EncodeClasses is the value of MetaClasses for these labels.
func EncodeClasses(labels []string) (string, error) {
	text, err := json.Marshal(labels)
	return string(text), err
}

// ClassesOf returns the labels that a weights file names, one for each output of the net; nil where it names none.
func ClassesOf(f *weights.File, c Config) ([]string, error) {
	text := f.Metadata[MetaClasses]
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
