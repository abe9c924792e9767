package trainlog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// RunName is the file in a training's folder that holds what the run's losses and weights depend on.
const RunName = "run.json"

// RunDigest is the SHA-256 of RunName in a training's folder, by which the other files there are of this run; "": there
// is none.
func RunDigest(out string) (string, error) {
	text, err := os.ReadFile(filepath.Join(out, RunName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// chain is the digest of a log so far. It begins with that of the run; each line has, as its last field, the first
// digits of the SHA-256 of the digits before and of the line without them.
type chain struct {
	sum    string
	signed bool // a line has one
}

const (
	chainDigits = 16
	chainMark   = `,"chain":"`
	chainEnd    = "\"}\n"
)

// next are the digits of a line, an object without any.
func (c chain) next(object string) string {
	sum := sha256.Sum256([]byte(c.sum + "\n" + object))
	return hex.EncodeToString(sum[:])[:chainDigits]
}

// add returns an object as a line with its digits.
func (c *chain) add(object []byte) []byte {
	c.sum, c.signed = c.next(string(object)), true
	return []byte(strings.TrimSuffix(string(object), "}") + chainMark + c.sum + chainEnd)
}

// check compares a line, which l was read from, with its digits.
func (c chain) check(line []byte, l Line) error {
	if l.Chain == "" && !c.signed {
		return nil // of an earlier version
	}
	body, ok := strings.CutSuffix(string(line), chainMark+l.Chain+chainEnd)
	if want := c.next(body + "}"); !ok || l.Chain != want {
		return fmt.Errorf("its digest is %q, expected %q: the line or one before it is damaged, or of another run", l.Chain, want)
	}
	return nil
}

// take goes on after a line.
func (c *chain) take(l Line) {
	if l.Chain != "" {
		c.sum, c.signed = l.Chain, true
	}
}
