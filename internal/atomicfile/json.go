package atomicfile

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// WriteJSON writes a value as indented JSON, in the place of what stands there.
func WriteJSON(path string, v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // paths stay readable
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return WriteBytes(path, text.Bytes(), true)
}
