package readjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"fc7/internal/escape"
)

// unique refuses an object that has a name twice, of which encoding/json would take the last. The text is one that was
// parsed.
func unique(text []byte) error {
	type level struct {
		names map[string]bool // nil: of a list
		value bool            // the next token is one, not a name
	}
	var open []level
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t == json.Delim('}') || t == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if n := len(open); n > 0 && open[n-1].names != nil {
			top := &open[n-1]
			if top.value = !top.value; top.value {
				name := t.(string) // names are
				if top.names[name] {
					return fmt.Errorf("field %s is there twice", escape.Short(name))
				}
				top.names[name] = true
				continue
			}
		}
		switch t {
		case json.Delim('{'):
			open = append(open, level{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, level{})
		}
	}
}
