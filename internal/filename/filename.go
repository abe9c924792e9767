// Package filename turns names that data hold, of classes, splits, nets or files elsewhere, into names of files.
package filename

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// longest is how many bytes the usual file systems give a name.
const longest = 255

// Of is the file name of a name, with an ending that the program chose, such as ".txt" or none. It is one name in one
// folder wherever it is written: no path, nothing that a system keeps for itself (CON, nul.txt), hides, cuts off or
// refuses, and at most 255 bytes. Two names never have the same, also where a file system takes large letters for small
// ones or one way of writing é for another.
//
// Names of small letters, digits, '-', '_' and inner dots, the usual ones, stay as they are. A large letter has a '+'
// before it, any other byte is written %xx, and no name at all is "%". A '-' or a dot at the beginning, a dot at the
// end, and the first letter of a name that Windows keeps for a device are written %xx, too. The name can be had back by
// reading that backwards, even from a file system that forgot which letters were large.
//
// Of what would be too long the beginning is kept, with "%%" and the name's SHA-256 behind it: still another file for
// another name, but the name cannot be had back from it, only be recognised.
func Of(name, ending string) string {
	const digest = 2 + 2*sha256.Size
	encoded := encode(name, ending)
	if len(encoded)+len(ending) <= longest {
		return encoded + ending
	}
	sum := sha256.Sum256([]byte(name))
	return whole(encoded, longest-len(ending)-digest) + "%%" + hex.EncodeToString(sum[:]) + ending
}

// encode writes a name in the characters that a file name may have.
func encode(name, ending string) string {
	if name == "" {
		return "%"
	}
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			b.Write([]byte{'+', c})
		case ordinary(c) && !(i == 0 && (c == '-' || c == '.' || device(name))) && !(i == len(name)-1 && c == '.' && ending == ""):
			b.WriteByte(c)
		default:
			const digits = "0123456789abcdef"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

func ordinary(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}

// device tells whether Windows takes a name, whatever follows its first dot, for a device. Those with large letters or
// other characters have those written otherwise.
func device(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	switch stem {
	case "con", "prn", "aux", "nul":
		return true
	}
	port := strings.HasPrefix(stem, "com") || strings.HasPrefix(stem, "lpt")
	return port && len(stem) == 4 && '0' <= stem[3] && stem[3] <= '9'
}

// whole is the beginning of an encoded name, of at most n bytes, that cuts no character's code in two.
func whole(encoded string, n int) string {
	end := 0
	for end < n {
		size := 1
		switch encoded[end] {
		case '%':
			size = 3
		case '+':
			size = 2
		}
		if end+size > n {
			break
		}
		end += size
	}
	return encoded[:end]
}
