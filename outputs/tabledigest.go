package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// TableDigest stands for all bytes of the table at path, as [OpenTable] takes it: the SHA-256 over the digests that its
// shards state of themselves, in order. It reads footers alone; of shards in format 1, which state none, the files.
func TableDigest(path string) (string, error) {
	_, shards, err := openShards(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, s := range shards {
		own := s.Own
		if own == "" {
			d, err := FileDigests(s.Path)
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
	s, err := OpenShard(path)
	if err != nil {
		return 0, "", err
	}
	return s.size, s.footer.sum, s.Close()
}
