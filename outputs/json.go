package outputs

import (
	"fc7/internal/atomicfile"
	"fc7/internal/readjson"
)

// maxJSON bounds the JSON files of a run: far more than 257 classes and three splits need.
const maxJSON = 256 << 20

// WriteJSON puts a value into a file as indented JSON, in one step: the file is the old one or the new one, never a
// part.
func WriteJSON(path string, v any) error { return atomicfile.WriteJSON(path, v) }

// ReadJSON reads a file that WriteJSON wrote, or another JSON file of bounded size.
func ReadJSON(path string, to any) error { return readjson.File(path, maxJSON, to) }
