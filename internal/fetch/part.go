package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"fc7/internal/atomicfile"
)

// partFile is what a download needs of NAME.part; tests put one in its place whose disk is full.
type partFile interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
	Sync() error
	Close() error
}

func openPart(path string) (partFile, error) {
	return atomicfile.OpenGrowing(path)
}

// version is which bytes a part holds a beginning of.
type version struct {
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`          // a strong one only
	Modified string `json:"last_modified,omitempty"` // as the server wrote it
	Size     int64  `json:"size,omitempty"`          // 0: the server did not tell
	Kept     int64  `json:"kept,omitempty"`          // bytes that are surely on the disk
}

// validator is what If-Range can name; empty where the server gave no version.
func (v version) validator() string {
	if v.ETag != "" {
		return v.ETag
	}
	return v.Modified
}

// part is a download under way.
type part struct {
	path string
	f    partFile
	have int64 // bytes in f, all of them in sums
	from int64 // of them, those that an earlier attempt left
	of   version
	sums *sums
	want []Digest
}

// openAt opens NAME.part, with what an earlier attempt left in it.
func openAt(path string, want []Digest, create func(string) (partFile, error)) (*part, error) {
	p := &part{path: path, want: want, sums: newSums(want)}
	var err error
	if p.f, err = create(path); err != nil {
		return nil, err
	}
	p.of = readVersion(path)
	if p.of.URL == "" { // bytes of unknown origin are no beginning of anything
		p.of.Kept = 0
	}
	if p.of.URL == "" || len(want) == 0 { // nothing would tell what a power cut made of the others
		if err := p.cut(p.of.Kept); err != nil {
			return nil, errors.Join(err, p.f.Close())
		}
	}
	if p.have, err = io.Copy(p.sums, p.f); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), p.f.Close())
	}
	p.from = p.have
	return p, nil
}

// cut leaves the first n bytes of the file, if it has so many.
func (p *part) cut(n int64) error {
	size, err := p.f.Seek(0, io.SeekEnd)
	if err == nil && size > n {
		err = p.f.Truncate(n)
	}
	if err == nil {
		_, err = p.f.Seek(0, io.SeekStart)
	}
	return err
}

func versionPath(path string) string { return path + ".json" }

func readVersion(path string) (v version) {
	b, err := os.ReadFile(versionPath(path))
	if err != nil || json.Unmarshal(b, &v) != nil {
		return version{}
	}
	return v
}

// restart forgets what is there: the bytes to come are of this version.
func (p *part) restart(of version) error {
	if err := p.f.Truncate(0); err != nil {
		return err
	}
	if _, err := p.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	p.have, p.from, p.sums, p.of = 0, 0, newSums(p.want), of
	return p.note()
}

// note writes of what version the part is, and how much of it is on the disk.
func (p *part) note() error {
	b, err := json.Marshal(p.of)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(versionPath(p.path), b, true)
}

// settle brings what has come to the disk, and notes it.
func (p *part) settle() error {
	if err := p.f.Sync(); err != nil {
		return err
	}
	p.of.Kept = p.have
	return p.note()
}

// settleEvery is how many bytes a power cut, or without a digest a kill, can cost.
const settleEvery = 64 << 20

// Write appends. What did not reach the disk is not counted.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.f.Write(b)
	if n > 0 {
		_, _ = p.sums.Write(b[:n]) // a hash never fails
		p.have += int64(n)
	}
	if err == nil && p.have-p.of.Kept >= settleEvery {
		err = p.settle()
	}
	return n, err
}

// discard removes the part: its bytes are of no use.
func (p *part) discard() error {
	err := p.f.Close()
	for _, name := range []string{p.path, versionPath(p.path)} {
		if e := os.Remove(name); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// keep closes the part for a later attempt; without a byte there is nothing to keep.
func (p *part) keep() error {
	if p.have == 0 {
		return p.discard()
	}
	return errors.Join(p.settle(), p.f.Close())
}

// publish gives the complete part its name.
func (p *part) publish(final string, replace bool) error {
	if err := errors.Join(p.f.Sync(), p.f.Close()); err != nil {
		return err
	}
	if err := atomicfile.Place(p.path, final, replace); err != nil {
		return err
	}
	if err := os.Remove(versionPath(p.path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
