package trainlog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"fc7/internal/readjson"
	"fc7/internal/seal"
)

// RunName is the file in a training's folder that holds what the run's losses and weights depend on.
const RunName = "run.json"

// MaxRun bounds RunName, in bytes; the names of frozen tensors and the stages are most of it.
const MaxRun = 16 << 20

// RunDigest is the SHA-256 of RunName in a training's folder, by which the other files there are of this run; "": there
// is none. A damaged one is an error with its name: nothing else is to be blamed for it.
func RunDigest(out string) (string, error) {
	path := filepath.Join(out, RunName)
	text, err := readjson.Bytes(path, MaxRun)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, _, err := seal.Open(text)
	if err == nil {
		err = readjson.Check(plain)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
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
	if want := c.next(body + "}"); (!ok || l.Chain != want) && c.sum == "" {
		return fmt.Errorf("it cannot be checked: %s, which its digest is also of, is not there", RunName)
	} else if !ok || l.Chain != want {
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
