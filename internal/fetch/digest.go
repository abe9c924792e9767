package fetch

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"fc7/internal/waiting"
)

// The digests that publishers give. MD5 and SHA-1 tell accidents, not forgeries.
const (
	SHA256 = "sha256"
	SHA1   = "sha1"
	MD5    = "md5"
)

var hashes = map[string]func() hash.Hash{SHA256: sha256.New, SHA1: sha1.New, MD5: md5.New}

// Digest is what a file's digest must be, or begin with: PyTorch puts the first 8 digits of the SHA-256 into file
// names.
type Digest struct {
	Algorithm string `json:"algorithm"`
	Hex       string `json:"hex"` // lower case; shorter than the algorithm's where only a prefix is known
}

// ParseSHA256 reads a full SHA-256 in hexadecimal.
func ParseSHA256(s string) (Digest, error) {
	d := Digest{SHA256, strings.ToLower(strings.TrimSpace(s))}
	if err := d.check(); err != nil || d.Partial() {
		return Digest{}, fmt.Errorf("%q is no SHA-256: want 64 hexadecimal digits", s)
	}
	return d, nil
}

// Partial tells whether only a prefix is known.
func (d Digest) Partial() bool {
	h, ok := hashes[d.Algorithm]
	return !ok || len(d.Hex) < 2*h().Size()
}

// String names the digest as a user should read it.
func (d Digest) String() string {
	if d.Partial() {
		return fmt.Sprintf("%s beginning %s", d.Algorithm, d.Hex)
	}
	return d.Algorithm + " " + d.Hex
}

// minDigits is the shortest prefix that counts as a check.
const minDigits = 8

func (d Digest) check() error {
	h, ok := hashes[d.Algorithm]
	if !ok {
		return fmt.Errorf("digest %q: want sha256, sha1 or md5", d.Algorithm)
	}
	if n := len(d.Hex); n < minDigits || n > 2*h().Size() || strings.Trim(d.Hex, "0123456789abcdef") != "" {
		return fmt.Errorf("%s %q: want %d to %d lower-case hexadecimal digits", d.Algorithm, d.Hex, minDigits, 2*h().Size())
	}
	return nil
}

// sums computes the digests of what is written to it: those asked for, and SHA-256 always.
type sums struct {
	by map[string]hash.Hash
	io.Writer
}

func newSums(want []Digest) *sums {
	s := &sums{by: map[string]hash.Hash{SHA256: sha256.New()}}
	for _, d := range want {
		if s.by[d.Algorithm] == nil {
			s.by[d.Algorithm] = hashes[d.Algorithm]()
		}
	}
	var all []io.Writer
	for _, h := range s.by {
		all = append(all, h)
	}
	s.Writer = io.MultiWriter(all...)
	return s
}

func (s *sums) hex(algorithm string) string { return hex.EncodeToString(s.by[algorithm].Sum(nil)) }

// verify compares with every digest that is asked for.
func (s *sums) verify(want []Digest) error {
	for _, d := range want {
		if got := s.hex(d.Algorithm); !strings.HasPrefix(got, d.Hex) {
			return &DigestError{Want: d, Found: got, SHA256: s.hex(SHA256)}
		}
	}
	return nil
}

// Sum reads a file and returns its SHA-256. A digest of want that differs is a *DigestError. The end of the context
// ends the reading.
func Sum(ctx context.Context, path string, want ...Digest) (string, error) {
	return waiting.For(ctx, func() (string, error) { return sum(path, want) })
}

func sum(path string, want []Digest) (string, error) {
	for _, d := range want {
		if err := d.check(); err != nil {
			return "", err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	s := newSums(want)
	if _, err := io.Copy(s, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if err := s.verify(want); err != nil {
		return s.hex(SHA256), fmt.Errorf("%s: %w", path, err)
	}
	return s.hex(SHA256), nil
}
