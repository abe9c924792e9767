package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"fc7/internal/place"
)

// Digest stands for all bytes of the table: the SHA-256 over the digests that its shards state of themselves, in order.
// Of shards in format 1, which state none, it reads the files.
func (t *Table) Digest() (string, error) {
	h := sha256.New()
	for i, own := range t.own {
		if own == "" {
			d, err := FileDigests(t.Shards[i])
			if err != nil {
				return "", err
			}
			own = d.SHA256
		}
		fmt.Fprintln(h, own) // never fails
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// FooterOf gives the size of a shard's file and the SHA-256 of its Parquet footer, of which the digest of all other
// bytes is a part.
func FooterOf(path string) (size int64, sum string, err error) {
	return FooterIn(place.Folder(filepath.Dir(path)), filepath.Base(path))
}

// FooterIn is FooterOf of a file of a place.
func FooterIn(in place.Place, name string) (size int64, sum string, err error) {
	s, err := OpenShardIn(in, name)
	if err != nil {
		return 0, "", err
	}
	return s.size, s.footer.sum, s.Close()
}
