package fetch

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// The digests of "abc" in RFC 1321, FIPS 180-2 (SHA-1 and SHA-256).
var abc = []Digest{
	{MD5, "900150983cd24fb0d6963f7d28e17f72"},
	{SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
}

func TestSum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "abc")
	if err := os.WriteFile(path, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, d := range append(abc, Digest{SHA256, "ba7816bf"}) {
		if sum, err := Sum(t.Context(), path, d); err != nil || sum != abc[2].Hex {
			t.Errorf("%s: %s, %v", d, sum, err)
		}
		bad := d
		bad.Hex = "00000000" + d.Hex[8:]
		var e *DigestError
		if _, err := Sum(t.Context(), path, abc[2], bad); !errors.As(err, &e) || e.SHA256 != abc[2].Hex || e.Want != bad {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for _, d := range []Digest{{SHA256, "ba7816b"}, {SHA256, "BA7816BF"}, {"crc32", "352441c2"}, {MD5, abc[2].Hex}, {}} {
		var e *DigestError
		if _, err := Sum(t.Context(), path, d); err == nil || errors.As(err, &e) {
			t.Errorf("%q was taken as a digest: %v", d, err)
		}
	}
}

func TestParseSHA256(t *testing.T) {
	if d, err := ParseSHA256(" BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n"); err != nil || d != abc[2] {
		t.Errorf("%v, %v", d, err)
	}
	for _, s := range []string{"", "ba7816bf", abc[2].Hex + "0", abc[1].Hex} {
		if _, err := ParseSHA256(s); err == nil {
			t.Errorf("%q was taken as a SHA-256", s)
		}
	}
}
