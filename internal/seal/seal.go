// Package seal lets a JSON file that fc7 writes carry the digest of itself, as shards of feature tables do: the last
// field of the object, "fc7.sha256", holds the SHA-256 of the whole text with zeros ('0') in the place of its digits.
// Whoever reads the file again finds any other byte.
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// field is the name of the field, and of what is alike in the metadata of other files.
const field = "fc7.sha256"

// digits is the length of a SHA-256 in hex.
const digits = 2 * sha256.Size

// The texts around the digits, at the end of an indented object.
const (
	before = "\n  \"" + field + "\": \""
	after  = "\"\n}\n"
)

// Add returns an indented JSON object, as encoding/json writes it, with its seal.
func Add(text []byte) ([]byte, error) {
	body, ok := bytes.CutSuffix(text, []byte("\n}\n"))
	comma := ","
	if !ok {
		comma = ""
		if body, ok = bytes.CutSuffix(text, []byte("{}\n")); !ok {
			return nil, errors.New("seal: a text that is no indented JSON object")
		}
		body = append(bytes.Clone(body), '{')
	}
	sealed := append(bytes.Clone(body), comma+before+strings.Repeat("0", digits)+after...)
	sum := sha256.Sum256(sealed)
	hex.Encode(sealed[len(sealed)-len(after)-digits:], sum[:])
	return sealed, nil
}

// Open checks a text against its seal, and returns it without that. A text that has none, of an earlier version of fc7
// or of another program, is returned as it is, and sealed is false.
func Open(text []byte) (plain []byte, sealed bool, err error) {
	if !bytes.Contains(text, []byte("\""+field+"\":")) {
		return text, false, nil
	}
	at := bytes.LastIndex(text, []byte(before))
	if at < 0 || len(text)-at != len(before)+digits+len(after) || !bytes.HasSuffix(text, []byte(after)) {
		return nil, true, fmt.Errorf("the file is damaged, or was changed by another program: expected its digest, field %s, in the last line of the object, found it elsewhere", field)
	}
	stated := text[at+len(before):][:digits]
	h := sha256.New()
	h.Write(text[:at+len(before)]) // never fails
	h.Write([]byte(strings.Repeat("0", digits)))
	h.Write([]byte(after))
	if sum := hex.EncodeToString(h.Sum(nil)); sum != string(stated) {
		return nil, true, fmt.Errorf("the file is damaged, or was changed since fc7 wrote it: its text has sha256 %.12s…, but its field %s says %.12q…", sum, field, stated)
	}
	body := bytes.TrimSuffix(text[:at], []byte{','})
	return append(bytes.Clone(body), "\n}\n"...), true, nil
}
