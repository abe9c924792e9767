package outputs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"fc7/internal/mirror"
	"fc7/internal/parquetguard"
)

// Every shard carries the SHA-256 of itself, so that a damaged byte is found wherever it is, without a manifest: the
// digits stand in the footer (key "fc7.sha256"), and the digest is that of the whole file with zeros ('0') in their
// place.

// digestDigits is the length of a SHA-256 in hex.
const digestDigits = 2 * sha256.Size

// noDigest holds the place of the digest while the rest of the file is written.
var noDigest = strings.Repeat("0", digestDigits)

// digestMark is what stands before the digits: the key and, in Thrift's compact protocol, the header of the value. Text
// from outside cannot hold it: the footer's other values are JSON and base64, and bounds of columns stand before all of
// them.
var digestMark = []byte(keyDigest + "\x18" + string(rune(digestDigits)))

// digestPlace finds the digits in a footer; -1: there are none.
func digestPlace(footer []byte) int {
	i := bytes.LastIndex(footer, digestMark)
	if i < 0 || len(footer)-i-len(digestMark) < digestDigits {
		return -1
	}
	return i + len(digestMark)
}

// hashing passes on what is written and adds it to a digest.
type hashing struct {
	w    io.Writer
	sum  hash.Hash
	size int64
}

func (h *hashing) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.sum.Write(p[:n])
	h.size += int64(n)
	return n, err
}

// seal writes the digest of the complete file into its footer.
func (h *hashing) seal(f outFile) error {
	raw, err := parquetguard.Raw(f, h.size)
	if err != nil {
		return fmt.Errorf("reading the footer back: %w", err)
	}
	at := digestPlace(raw)
	if at < 0 || string(raw[at:at+digestDigits]) != noDigest {
		return errors.New("the footer has no place for the digest")
	}
	_, err = f.WriteAt([]byte(h.text()), h.size-8-int64(len(raw))+int64(at))
	return err
}

// text is the digest of what was written, in hex.
func (h *hashing) text() string { return hex.EncodeToString(h.sum.Sum(nil)) }

// Digests are those of a shard's file.
type Digests struct {
	Bytes  int64
	SHA256 string // of the file as it is, in hex
	Footer string // of its Parquet footer; "": it has none
	Own    string // that the file states of itself; "": none (table format 1)
	actual string // what Own must be
}

// errDamaged is a file whose digest of itself is not that of its bytes.
var errDamaged = errors.New("the file is damaged")

// Check compares the digest that the file states with that of its bytes.
func (d Digests) Check() error {
	if d.Own != "" && d.Own != d.actual {
		return fmt.Errorf("its bytes have sha256 %s, but its footer says %q: %w", short(d.actual), short(d.Own), errDamaged)
	}
	return nil
}

// FileDigests reads the whole file once.
func FileDigests(path string) (Digests, error) {
	if err := mirror.Bring(map[string][]mirror.Span{path: mirror.All}); err != nil {
		return Digests{}, fmt.Errorf("reading a feature table: %w", err)
	}
	f, err := mirror.OpenFile(path)
	if err != nil {
		return Digests{}, fmt.Errorf("reading a feature table: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Digests{}, fmt.Errorf("reading a feature table: %w", err)
	}
	d, err := digests(f, info.Size())
	if err != nil {
		return d, fmt.Errorf("reading %s: %w", path, err)
	}
	return d, nil
}

// footerDigest is the SHA-256 of a footer's bytes, in hex.
func footerDigest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func digests(r io.ReaderAt, size int64) (Digests, error) {
	d := Digests{Bytes: size}
	at := size // of the digits
	if raw, err := parquetguard.Raw(r, size); err == nil {
		d.Footer = footerDigest(raw)
		if i := digestPlace(raw); i >= 0 {
			d.Own = string(raw[i : i+digestDigits])
			at = size - 8 - int64(len(raw)) + int64(i)
		}
	}
	copyTo := func(w io.Writer, from, to int64) error {
		n, err := io.Copy(w, io.NewSectionReader(r, from, to-from))
		if err == nil && n != to-from {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	end := min(at+digestDigits, size)
	plain := sha256.New()
	if err := copyTo(plain, 0, at); err != nil {
		return d, err
	}
	zeroed, err := plain.(hash.Cloner).Clone() // nearly all bytes stand before the digits: they are hashed once for both
	if err != nil {
		return d, err
	}
	if err := copyTo(plain, at, end); err != nil {
		return d, err
	}
	if end > at {
		io.WriteString(zeroed, noDigest)
	}
	if err := copyTo(io.MultiWriter(plain, zeroed), end, size); err != nil {
		return d, err
	}
	d.SHA256, d.actual = hex.EncodeToString(plain.Sum(nil)), hex.EncodeToString(zeroed.Sum(nil))
	return d, nil
}
