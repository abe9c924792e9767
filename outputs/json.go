package outputs

import (
	"encoding/json"
	"fmt"
	"os"
)

// maxJSON bounds the JSON files of a run: far more than 257 classes and three splits need.
const maxJSON = 256 << 20

// ReadJSON reads a file that WriteJSON wrote, or another JSON file of bounded size.
func ReadJSON(path string, to any) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > maxJSON {
		return fmt.Errorf("%s: %d bytes, more than any file of scores has", path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
