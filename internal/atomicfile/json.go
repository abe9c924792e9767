package atomicfile

import (
	"bytes"
	"encoding/json"
	"fmt"

	"fc7/internal/escape"
	"fc7/internal/seal"
)

// WriteJSON writes an object as indented JSON with the digest of itself (package seal), in the place of what stands
// there.
func WriteJSON(path string, v any) error {
	text, err := JSON(v)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return WriteBytes(path, text, true)
}

// JSON is the text that WriteJSON writes.
func JSON(v any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // paths stay readable
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return seal.Add(escape.JSON(text.Bytes()))
}
