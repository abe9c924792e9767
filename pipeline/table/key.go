package table

import (
	"crypto/sha256"
	"strconv"

	"fc7/outputs"
)

// key stands for a row's image and object in a set that may have millions: half a SHA-256, so that two keys never meet
// by chance.
type key [16]byte

func keyOf(r *outputs.Row) (k key) {
	sum := sha256.Sum256([]byte(r.Image + "\x00" + strconv.Itoa(r.Object)))
	copy(k[:], sum[:])
	return k
}
