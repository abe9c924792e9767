package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"fc7/internal/atomicfile"
	"fc7/internal/bounded"
)

// partFile is what a download needs of NAME.part; tests put one in its place whose disk is full.
type partFile interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
	Sync() error
	Close() error
}

func openPart(path string) (partFile, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
}

// version is which bytes a part holds a beginning of.
type version struct {
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`          // a strong one only
	Modified string `json:"last_modified,omitempty"` // as the server wrote it
	Size     int64  `json:"size,omitempty"`          // 0: the server did not tell
	// Safe is how many bytes of the part are on the disk for sure. After a power cut the others may be anything.
	Safe int64 `json:"safe,omitempty"`
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
	if err := p.cut(); err != nil {
		return nil, errors.Join(err, p.f.Close())
	}
	if p.have, err = io.Copy(p.sums, p.f); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", path, err), p.f.Close())
	}
	p.from = p.have
	return p, nil
}

// cut drops what of a part cannot be gone on with. Bytes of unknown origin are no beginning of anything, and where no
// digest will tell whether all is right, only those count that are on the disk for sure.
func (p *part) cut() error {
	if p.of.URL != "" && len(p.want) > 0 {
		return nil
	}
	safe := p.of.Safe
	if p.of.URL == "" {
		safe = 0
	}
	size, err := p.f.Seek(0, io.SeekEnd)
	if err == nil && size > safe {
		err = p.f.Truncate(safe)
	}
	if err == nil {
		_, err = p.f.Seek(0, io.SeekStart)
	}
	return err
}

func versionPath(path string) string { return path + ".json" }

// maxVersion bounds the file that tells which version of a file a part is of.
const maxVersion = 1 << 20

func readVersion(path string) (v version) {
	b, err := bounded.File(versionPath(path), maxVersion)
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
	return p.save()
}

// save brings what is there to the disk, and notes how much that is.
func (p *part) save() error {
	if err := p.f.Sync(); err != nil {
		return err
	}
	p.of.Safe = p.have
	b, err := json.Marshal(p.of)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(versionPath(p.path), b, true)
}

// saveEvery is how many bytes a power cut can cost.
const saveEvery = 32 << 20

// Write appends. What did not reach the disk is not counted.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.f.Write(b)
	if n > 0 {
		_, _ = p.sums.Write(b[:n]) // a hash never fails
		p.have += int64(n)
	}
	if err == nil && p.have-p.of.Safe >= saveEvery {
		err = p.save()
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
	return errors.Join(p.save(), p.f.Close())
}

// publish gives the complete part its name, with which nothing else of it is to be there.
func (p *part) publish(final string, replace bool) error {
	if err := errors.Join(p.f.Sync(), p.f.Close()); err != nil {
		return err
	}
	if err := os.Remove(versionPath(p.path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.Place(p.path, final, replace)
}
