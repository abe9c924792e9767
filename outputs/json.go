package outputs

import "fc7/internal/readjson"

// maxJSON bounds the JSON files of a run: far more than 257 classes and three splits need.
const maxJSON = 256 << 20

// ReadJSON reads a file that WriteJSON wrote, or another JSON file of bounded size.
func ReadJSON(path string, to any) error { return readjson.File(path, maxJSON, to) }
