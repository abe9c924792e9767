package hostile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"os"
	"testing"
)

// Target is a reader of foreign files.
type Target struct {
	Seeds [][]byte // whole files, a few hundred bytes to a few kB each
	Words []string // what the format's files are made of: magic numbers, names, marks

	// Read reads everything that a file has, and notes what it is in r. It ends with an error where there is one.
	Read func(file []byte, r *Result) error
	// Again reads the same in another way, such as in small pieces; nil: as Read does.
	Again func(file []byte, r *Result) error

	// Edit is how edits change a file; nil: as Edit does, bytes.
	Edit func(file, edits []byte) []byte
	// Mend puts right, where it can, what the format counts and sums, after edits made after of before. It may change
	// after. Nil: there is nothing.
	Mend func(before, after []byte) []byte
	// MendBy puts a checksum right that an error of Read complains about, and tells whether it did; it changes file.
	MendBy func(file []byte, err error) bool

	// EditsOnly says that the seeds are those of another target, which changes their bytes one by one.
	EditsOnly bool

	// Slow is how many times longer a file takes than those of most readers, and so how many fewer are tried; 0: no
	// longer.
	Slow int
	// Alloc is how many bytes Read may allocate in all for a file of n bytes; nil: 256 MiB for any.
	Alloc func(n int) uint64
}

// usualAlloc is what a reader may allocate if its target does not say: a quarter of what a whole process may take.
const usualAlloc = 256 << 20

func (x *Target) alloc(n int) uint64 {
	if x.Alloc == nil {
		return usualAlloc
	}
	return x.Alloc(n)
}

// maxMends is how many checksums of a file are put right by errors.
const maxMends = 8

// mutated is a file after edits, mended.
func (x *Target) mutated(file, edits []byte) []byte {
	edit := x.Edit
	if edit == nil {
		edit = func(file, edits []byte) []byte { return edited(file, edits, x.Words) }
	}
	after := edit(file, edits)
	if x.Mend != nil {
		after = x.Mend(file, after)
	}
	return after
}

// read reads a file, and again where an error tells which checksum is wrong.
func (x *Target) read(file []byte, r *Result, mend bool) error {
	for n := 0; ; n++ {
		r.reset()
		err := x.Read(file, r)
		if err == nil || !mend || x.MendBy == nil || n == maxMends || !x.MendBy(file, err) {
			return err
		}
	}
}

// Placed makes a file at path that is written anew by put for each reading, for readers that open files themselves. It
// is not emptied first: a file system may flush what is, which takes long.
func Placed(t testing.TB, path string) (put func(file []byte) error) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return func(file []byte) error {
		_, err := f.WriteAt(file, 0)
		return errors.Join(err, f.Truncate(int64(len(file))))
	}
}

// Texts are seeds of a format that is text.
func Texts(all ...string) (seeds [][]byte) {
	for _, s := range all {
		seeds = append(seeds, []byte(s))
	}
	return seeds
}

// Result is what a reader found in a file, as a hash, and what it must not have found.
type Result struct {
	hash    maphash.Hash
	wrong   string
	unheard bool // nothing is compared with the hash
}

func newResult(seed maphash.Seed) *Result {
	r := new(Result)
	r.hash.SetSeed(seed)
	return r
}

func (r *Result) reset() {
	r.hash.Reset()
	r.wrong = ""
}

// Bytes notes bytes.
func (r *Result) Bytes(b []byte) {
	if r.unheard {
		return
	}
	r.Int(len(b))
	_, _ = r.hash.Write(b)
}

// Text notes texts.
func (r *Result) Text(texts ...string) {
	if r.unheard {
		return
	}
	for _, s := range texts {
		r.Int(len(s))
		_, _ = r.hash.WriteString(s)
	}
}

// Int notes numbers.
func (r *Result) Int(numbers ...int) {
	if r.unheard {
		return
	}
	for _, n := range numbers {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		_, _ = r.hash.Write(b[:])
	}
}

// Floats notes floating-point numbers, bit for bit.
func (r *Result) Floats(x []float32) {
	if r.unheard {
		return
	}
	r.Int(len(x))
	for _, v := range x {
		r.Int(int(math.Float32bits(v)))
	}
}

// Errorf says that a reader broke its word. It and Helper make a Result do for a test in helpers of tests.
func (r *Result) Errorf(format string, args ...any) {
	if r.wrong == "" {
		r.wrong = fmt.Sprintf(format, args...)
	}
}

// Helper does nothing.
func (r *Result) Helper() {}
