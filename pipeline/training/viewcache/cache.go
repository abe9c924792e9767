package viewcache

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"fc7/internal/atomicfile"
	"fc7/internal/bounded"
)

// Cache is a table on disk of what frozen layers give: rows of float32 of one width, written once and in order, and
// then read in any order, by any number of goroutines. A kill costs the rows of the last seconds; whoever opens the
// cache again goes on after those that are complete.
//
// In its folder rows.f32 holds the rows, little-endian, each followed by its digest, and rows.log one JSON line for the
// identity and one for every stretch of rows that is safely on the disk, each with a digest of it and all before it. A
// row that could not be computed is zeros, and has its reason. What is read is compared with its digest, of which the
// identity and the row's number are part: a flipped byte, a row of another place or of another cache is an error.
type Cache struct {
	dir         string
	rows, width int
	data, log   *os.File
	done        int // rows on the disk
	failed      map[int]string

	written int            // rows in data, of which those from done on may not be on the disk yet
	fresh   map[int]string // failed ones among them
	chain   string         // digest of the log so far
	seed    []byte         // of the digests of rows
	synced  time.Time
	broken  error     // what was not written: what of it is on the disk, the next to open finds out
	pool    sync.Pool // of *[]byte, a row
}

// The names of a cache's files, and the version of their format.
const (
	rowsName    = "rows.f32"
	logName     = "rows.log"
	cacheFormat = 2
)

// maxLog bounds what is read of the log.
const maxLog = 256 << 20

// syncEvery is how much work a kill may cost.
const syncEvery = 2 * time.Second

// OtherError says that a folder holds the cache of something else.
type OtherError struct {
	Dir           string
	Before, Asked []byte // identities, as indented JSON
}

func (e *OtherError) Error() string {
	return fmt.Sprintf("%s holds cached maps of something else: %s, not %s; choose another folder, or remove it", e.Dir, e.Before, e.Asked)
}

// head is the first line of the log.
type head struct {
	Format int             `json:"cache"`
	Rows   int             `json:"rows"`
	Width  int             `json:"width"`
	Of     json.RawMessage `json:"of"`
	SHA256 string          `json:"sha256,omitempty"` // of the line without this
}

// stretch is another line: so many rows are complete, and these of the new ones failed.
type stretch struct {
	Done   int            `json:"done"`
	Failed map[int]string `json:"failed,omitempty"`
	SHA256 string         `json:"sha256,omitempty"` // of the line before's, and of the line without this
}

// Open opens or makes the cache of a folder. identity is a JSON object of all that the rows depend on; another one than
// the cache was made with is an OtherError. One goroutine at a time, of one process, may append.
func Open(dir string, identity []byte, rows, width int) (_ *Cache, err error) {
	if rows < 1 || width < 1 || int64(rows) > math.MaxInt64/4/int64(width) {
		return nil, fmt.Errorf("viewcache: a cache of %d rows of %d values", rows, width)
	}
	if err := atomicfile.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("making the folder of cached maps: %w", err)
	}
	c := &Cache{dir: dir, rows: rows, width: width, failed: map[int]string{}, fresh: map[int]string{}, synced: time.Now()}
	c.pool.New = func() any { b := make([]byte, c.record()); return &b }
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	for name, f := range map[string]**os.File{rowsName: &c.data, logName: &c.log} {
		if *f, err = os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o644); err != nil {
			return nil, fmt.Errorf("opening cached maps: %w", err)
		}
	}
	if err := atomicfile.SyncFolder(dir); err != nil { // or a power cut leaves rows without the log that says of what
		return nil, fmt.Errorf("opening cached maps: %w", err)
	}
	text, err := bounded.Rest(c.log, maxLog)
	if large := new(bounded.LargeError); errors.As(err, &large) {
		return nil, fmt.Errorf("%w, which none of cached maps is: %s", err, c.again())
	}
	if err != nil {
		return nil, fmt.Errorf("reading cached maps: %w", err)
	}
	kept, err := c.take(text, identity)
	if err != nil {
		return nil, err
	}
	return c, c.cutTo(kept)
}

// take reads the log's complete lines, or begins it, and returns its length.
func (c *Cache) take(text, identity []byte) (int, error) {
	var of bytes.Buffer
	if err := json.Compact(&of, identity); err != nil {
		return 0, fmt.Errorf("viewcache: the identity of a cache: %w", err)
	}
	end := bytes.IndexByte(text, '\n') + 1
	if end == 0 { // new, or killed when it was
		if info, err := c.data.Stat(); err != nil || info.Size() > 0 {
			return 0, errors.Join(err, fmt.Errorf("%s: holds rows, but %s does not say of what: choose another folder, or %s", filepath.Join(c.dir, rowsName), logName, c.again()))
		}
		line, err := c.begin(head{Format: cacheFormat, Rows: c.rows, Width: c.width, Of: of.Bytes()})
		if err != nil {
			return 0, err
		}
		return c.writeLine(0, line)
	}
	var h head
	switch err := json.Unmarshal(text[:end], &h); {
	case err == nil && h.Format > 0 && h.Format < cacheFormat:
		return 0, fmt.Errorf("%s: cached maps of an earlier version, without digests: remove the folder %s, or choose another one", filepath.Join(c.dir, logName), c.dir)
	case err != nil || h.Format != cacheFormat:
		return 0, fmt.Errorf("%s: not the log of cached maps of this program: choose another folder, or %s", filepath.Join(c.dir, logName), c.again())
	}
	was := h
	was.SHA256 = ""
	if line, err := c.begin(was); err != nil || !bytes.Equal(line, text[:end]) {
		return 0, errors.Join(err, c.damaged(text[:end]))
	}
	if h.Rows != c.rows || h.Width != c.width || !bytes.Equal(h.Of, of.Bytes()) {
		return 0, &OtherError{c.dir, indented(was), indented(head{Format: cacheFormat, Rows: c.rows, Width: c.width, Of: of.Bytes()})}
	}
	return c.takeStretches(text, end)
}

// again says how a cache that cannot be read comes back.
func (c *Cache) again() string {
	return "remove the folder " + c.dir + ", and the maps are computed again"
}

// damaged is the error of a line of the log that is not what was written.
func (c *Cache) damaged(line []byte) error {
	return fmt.Errorf("%s: line %.200q is none of cached maps, or not as it was written: %s", filepath.Join(c.dir, logName), bytes.TrimSpace(line), c.again())
}

// takeStretches reads the lines of the log that are complete, from end on, and returns where they end.
func (c *Cache) takeStretches(text []byte, end int) (int, error) {
	for {
		n := bytes.IndexByte(text[end:], '\n') + 1
		if n == 0 {
			return end, nil
		}
		var s stretch
		if err := json.Unmarshal(text[end:end+n], &s); err != nil || s.Done < c.done || s.Done > c.rows {
			return 0, c.damaged(text[end : end+n])
		}
		s.SHA256 = ""
		line, sum, err := c.link(s)
		if err != nil || !bytes.Equal(line, text[end:end+n]) {
			return 0, errors.Join(err, c.damaged(text[end:end+n]))
		}
		c.done, c.chain, end = s.Done, sum, end+n
		for i, reason := range s.Failed {
			c.failed[i] = reason
		}
	}
}

func indented(h head) []byte {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return []byte(err.Error())
	}
	return text
}

// cutTo drops what a kill left after the complete rows and the first n bytes of the log.
func (c *Cache) cutTo(n int) error {
	info, err := c.data.Stat()
	if err != nil {
		return fmt.Errorf("reading cached maps: %w", err)
	}
	size := c.place(c.done)
	if info.Size() < size {
		return fmt.Errorf("%s has %d bytes, but its log says that %d are complete: %s", filepath.Join(c.dir, rowsName), info.Size(), size, c.again())
	}
	c.written = c.done
	if err := errors.Join(c.data.Truncate(size), c.log.Truncate(int64(n))); err != nil {
		return fmt.Errorf("cutting cached maps: %w", err)
	}
	return nil
}

// syncLog fails in tests.
var syncLog = (*os.File).Sync

// writeLine writes a line of the log at a place, safely, and returns where it ends.
func (c *Cache) writeLine(at int, line []byte) (int, error) {
	_, err := c.log.WriteAt(line, int64(at))
	if err == nil {
		err = syncLog(c.log)
	}
	if err != nil {
		return 0, fmt.Errorf("writing the log of cached maps: %w", err)
	}
	return at + len(line), nil
}

// Done is how many rows, the first ones, are there.
func (c *Cache) Done() int { return c.written }

// Width is how many values a row has.
func (c *Cache) Width() int { return c.width }

// Failures is how many rows could not be computed.
func (c *Cache) Failures() int { return len(c.failed) }

// Append adds the next rows, x [N, width]; failed are the reasons of those of them, by their place in x, that could not
// be computed.
func (c *Cache) Append(x []float32, failed map[int]string) error {
	if c.broken != nil {
		return c.broken
	}
	n := len(x) / c.width
	if n*c.width != len(x) || c.written+n > c.rows {
		return fmt.Errorf("viewcache: %d values for the rows from %d to %d of %d values each", len(x), c.written, c.rows, c.width)
	}
	raw := make([]byte, 0, n*c.record())
	for i := range n {
		reason, bad := failed[i]
		if bad {
			c.fresh[c.written+i], c.failed[c.written+i] = reason, reason
		}
		for _, v := range x[i*c.width : (i+1)*c.width] {
			if bad {
				v = 0
			}
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
		sum := c.digest(c.written+i, raw[len(raw)-4*c.width:])
		raw = append(raw, sum[:]...)
	}
	if _, err := c.data.WriteAt(raw, c.place(c.written)); err != nil {
		c.broken = fmt.Errorf("writing cached maps: %w", err)
		return c.broken
	}
	c.written += n
	if c.written == c.rows || time.Since(c.synced) > syncEvery {
		return c.Sync()
	}
	return nil
}

// Sync makes sure that all rows so far outlast a kill. Once it has failed it does nothing more: a line of the log that
// was written, but not synced, may be there, and rows that could not be synced are not by doing it again.
func (c *Cache) Sync() error {
	if c.written == c.done || c.broken != nil {
		return c.broken
	}
	c.broken = c.sync()
	return c.broken
}

func (c *Cache) sync() error {
	if err := c.data.Sync(); err != nil {
		return fmt.Errorf("writing cached maps: %w", err)
	}
	at, err := c.log.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("writing the log of cached maps: %w", err)
	}
	line, sum, err := c.link(stretch{Done: c.written, Failed: c.fresh})
	if err != nil {
		return err
	}
	if _, err := c.writeLine(int(at), line); err != nil {
		return err
	}
	c.done, c.chain, c.fresh, c.synced = c.written, sum, map[int]string{}, time.Now()
	return nil
}

// Failed returns why a row could not be computed, and whether that is so.
func (c *Cache) Failed(row int) (reason string, failed bool) {
	reason, failed = c.failed[row]
	return reason, failed
}

// Read reads a row that is there to dst, of the cache's width.
func (c *Cache) Read(dst []float32, row int) error {
	if row < 0 || row >= c.written || len(dst) != c.width {
		return fmt.Errorf("viewcache: row %d of %d cached ones is asked for, %d values of %d", row, c.written, len(dst), c.width)
	}
	raw := c.pool.Get().(*[]byte)
	defer c.pool.Put(raw)
	if _, err := c.data.ReadAt(*raw, c.place(row)); err != nil {
		return fmt.Errorf("reading cached maps: %w", err)
	}
	if sum := c.digest(row, (*raw)[:4*c.width]); !bytes.Equal(sum[:], (*raw)[4*c.width:]) {
		return fmt.Errorf("%s: row %d of %d is not what was written: remove the folder %s, and the maps are computed again", filepath.Join(c.dir, rowsName), row, c.written, c.dir)
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32((*raw)[4*i:]))
	}
	return nil
}

// Close closes the files, after Sync. What that failed with before is not told again.
func (c *Cache) Close() error {
	var errs []error
	if c.data != nil && c.log != nil && c.broken == nil {
		errs = append(errs, c.Sync())
	}
	for _, f := range []*os.File{c.data, c.log} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
