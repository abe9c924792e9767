package picture

import (
	"bytes"
	"errors"
	"image"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
)

func TestDecodeBMPErrors(t *testing.T) {
	var b bytes.Buffer
	if err := bmp.Encode(&b, image.NewRGBA(image.Rect(0, 0, 5, 5))); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	packed := bytes.Clone(file)
	packed[30] = 1
	empty := bytes.Clone(file)
	copy(empty[18:], make([]byte, 8))
	for name, c := range map[string]struct {
		file []byte
		is   error
		say  string
	}{
		"compressed": {packed, errUnsupported, "32 bits a pixel, packed by method 1"},
		"empty":      {empty, errCorrupt, "0x0"},
		"cut":        {file[:len(file)-1], errTruncated, "ends before"},
		"header cut": {file[:20], errTruncated, "ends before"},
	} {
		if _, _, err := Decode(bytes.NewReader(c.file), DecodeOptions{}); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %v, expected to say %q", name, err, c.say)
		}
	}
}
