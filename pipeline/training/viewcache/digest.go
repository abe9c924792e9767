package viewcache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
)

// record is how many bytes a row takes: its values and its digest.
func (c *Cache) record() int { return 4*c.width + sha256.Size }

// place is where a row lies.
func (c *Cache) place(row int) int64 { return int64(row) * int64(c.record()) }

// digest is that of a row's bytes, at its place in this cache.
func (c *Cache) digest(row int, raw []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(c.seed) // never fails
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(row)))
	h.Write(raw)
	h.Sum(sum[:0])
	return sum
}

// begin is the first line of the log, with its digest, from which those of the lines and rows after it follow.
func (c *Cache) begin(h head) (line []byte, err error) {
	if h.SHA256, err = c.sign("", h); err != nil {
		return nil, err
	}
	c.chain, c.seed = h.SHA256, []byte(h.SHA256)
	return asLine(h)
}

// link is another line of the log, and its digest, which is the chain's when the line stands there.
func (c *Cache) link(s stretch) (line []byte, sum string, err error) {
	if s.SHA256, err = c.sign(c.chain, s); err != nil {
		return nil, "", err
	}
	line, err = asLine(s)
	return line, s.SHA256, err
}

// sign is the digest of a line after the one with the digest before.
func (c *Cache) sign(before string, v any) (string, error) {
	text, err := json.Marshal(v)
	sum := sha256.Sum256(append([]byte(before), text...))
	return hex.EncodeToString(sum[:]), err
}

func asLine(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	return append(text, '\n'), err
}
