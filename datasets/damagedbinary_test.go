package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"fc7/internal/hostile"
)

func FuzzParquet(f *testing.F)       { binaryTargets(f)["FuzzParquet"].Fuzz(f) }
func FuzzParquetFooter(f *testing.F) { binaryTargets(f)["FuzzParquetFooter"].Fuzz(f) }
func FuzzTar(f *testing.F)           { binaryTargets(f)["FuzzTar"].Fuzz(f) }
func FuzzPackedZip(f *testing.F)     { binaryTargets(f)["FuzzPackedZip"].Fuzz(f) }
func FuzzReadMeta(f *testing.F)      { binaryTargets(f)["FuzzReadMeta"].Fuzz(f) }

func TestDamaged(t *testing.T) { hostile.Tests(t, binaryTargets(t)) }

// binaryTargets are the readers of foreign binary files.
func binaryTargets(t testing.TB) map[string]*hostile.Target {
	t.Helper()
	tables := tableSeeds(t)
	parquetWords := []string{"PAR1", "\x15\x00", "\x15\x02", "\x19\x1c", "\x19\xfc\xff\xff\xff\xff\x07", "\x16\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x28\xb5\x2f\xfd", "\x1f\x8b\x08", "bytes", "image", "label", "list", "element", "\x00"}
	return map[string]*hostile.Target{
		"FuzzParquet": {Seeds: tables, Words: parquetWords, Mend: hostile.MendParquet, Slow: 5, Read: readTable(t)},
		"FuzzParquetFooter": {
			Seeds: tables, EditsOnly: true, Words: parquetWords, Slow: 5, Read: readTable(t), Edit: hostile.EditParquetFooter(parquetWords),
			Alloc: func(n int) uint64 { return 64<<20 + 4000*uint64(n) },
		},
		"FuzzTar": {
			Seeds: tarSeeds(t), Mend: hostile.MendTar, Read: readTarFile(t),
			Words: []string{"ustar\x0000", "ustar  \x00", "././@PaxHeader", "30 path=a.jpg\n", "20 size=99999999999\n", "././@LongLink", "00000000777\x00", "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "L", "x", "g", "5", "a.jpg", "a.cls", "a.json", "../", strings.Repeat("\x00", 512)},
		},
		"FuzzPackedZip": {
			Seeds: zipSeeds(t), Mend: hostile.MendZip, Read: readPackedZip(t),
			Words: []string{"PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "\x00\x00", "\x08\x00", "\xff\xff\xff\xff", "a.jpg", "../", "./", "d/"},
		},
		"FuzzReadMeta": {
			Seeds: metaSeeds(t), Words: []string{"synsets", "WNID", "words", "ILSVRC2012_ID", "n01440764", "\x0e\x00\x00\x00", "\x0f\x00\x00\x00"},
			Read: func(file []byte, r *hostile.Result) error {
				synsets, err := readMeta(bytes.NewReader(file))
				if (err == nil) != (synsets != nil) {
					r.Errorf("%d synsets and error %v", len(synsets), err)
				}
				for _, s := range synsets {
					if s.id < 1 || !isWNID(s.wnid) {
						r.Errorf("took %+v", s)
					}
					r.Text(s.wnid)
				}
				return err
			},
		},
	}
}

// tableSeeds are tables of each codec, by both versions of pages, of lists and of nothing.
func tableSeeds(t testing.TB) (all [][]byte) {
	t.Helper()
	dir := t.TempDir()
	add := func(path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	codecs := []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Zstd, &parquet.Brotli, &parquet.Lz4Raw}
	for i, codec := range codecs {
		path := filepath.Join(dir, fmt.Sprint(i))
		writeTable(t, path, hubRows(0, 3+i, true), 2, parquet.Compression(codec), parquet.DataPageVersion(1+i%2), parquet.KeyValueMetadata("huggingface", hubMeta))
		add(path)
	}
	for i, options := range [][]parquet.WriterOption{
		{parquet.DefaultEncoding(&parquet.RLEDictionary)},
		{parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.DeltaByteArray), parquet.DefaultEncodingFor(parquet.Int64, &parquet.DeltaBinaryPacked)},
		{parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.DeltaLengthByteArray), parquet.DataPageVersion(2)},
	} {
		path := filepath.Join(dir, fmt.Sprint("encoding", i))
		writeTable(t, path, hubRows(0, 4, true), 4, options...)
		add(path)
	}
	path := filepath.Join(dir, "lists")
	writeTable(t, path, []struct {
		Image  hubImage `parquet:"image,optional"`
		Labels []int32  `parquet:"labels,list"`
	}{{hubImage{Bytes: imageBytes(1)}, []int32{1, 2}}, {hubImage{Bytes: imageBytes(2)}, nil}}, 2)
	add(path)
	path = filepath.Join(dir, "names")
	writeTable(t, path, []struct {
		Image hubImage `parquet:"image"`
		Label string   `parquet:"label,dict"`
	}{{hubImage{Bytes: imageBytes(1)}, "cat"}, {hubImage{Bytes: imageBytes(2)}, "dog"}, {hubImage{Bytes: imageBytes(3)}, "cat"}}, 3)
	add(path)
	for i, write := range []func(path string){
		func(path string) {
			writeTable(t, path, []struct {
				Image hubImage `parquet:"image"`
				In    struct {
					Label float64 `parquet:"label"`
				} `parquet:"in"`
				Split string `parquet:"split"`
			}{{Image: hubImage{Bytes: imageBytes(1)}, Split: "train"}, {Image: hubImage{Bytes: imageBytes(2)}, Split: "test"}}, 2)
		},
		func(path string) {
			writeTable(t, path, []struct {
				Image []byte `parquet:"image"`
				Class bool   `parquet:"Class"`
			}{{imageBytes(1), true}, {imageBytes(2), false}}, 1)
		},
		func(path string) {
			writeTable(t, path, []struct {
				Picture  hubImage `parquet:"picture"`
				Category *float32 `parquet:"category,optional"`
				Other    []string `parquet:"other,list"`
			}{{Picture: hubImage{Bytes: imageBytes(1)}, Other: []string{"x"}}, {Picture: hubImage{Bytes: imageBytes(2)}}}, 2, parquet.KeyValueMetadata("huggingface", "{"))
		},
	} {
		path := filepath.Join(dir, fmt.Sprint("label", i))
		write(path)
		add(path)
	}
	return all
}

// readTable opens a table and all its images; some, which the file itself chooses, by a folder or with columns named.
func readTable(t testing.TB) func([]byte, *hostile.Result) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "d", "x.parquet")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	put := hostile.Placed(t, path)
	ways := []struct {
		path string
		o    Options
	}{
		{filepath.Dir(path), Options{}},
		{filepath.Dir(filepath.Dir(path)), Options{LabelColumn: NoColumn}},
		{path, Options{LabelColumn: "extra"}},
		{path, Options{LabelColumn: "in.label", ImageColumn: "image"}},
		{path, Options{SplitColumn: "split"}},
	}
	return func(file []byte, r *hostile.Result) error {
		if err := put(file); err != nil {
			return err
		}
		way := ways[0]
		way.path = path
		if n := int(adler32.Checksum(file)) % 16; n < len(ways) {
			way = ways[n]
		}
		s, err := open("parquet:"+way.path, way.o)
		if err != nil {
			return err
		}
		checkSet(r, s)
		noteSet(s, r)
		for _, it := range s.Items {
			in, e := it.At.Open()
			if e != nil {
				err = errors.Join(err, e)
				continue
			}
			b, e := io.ReadAll(in)
			err = errors.Join(err, e, in.Close())
			r.Bytes(b)
		}
		return err
	}
}

func tarSeeds(t testing.TB) [][]byte {
	t.Helper()
	long := strings.Repeat("l/", 100)
	all := [][]byte{
		tarBytes(t, member{"a.jpg", "x"}, member{"a.cls", "1"}),
		tarBytes(t, member{"./d/", ""}, member{"../a.json", `{"labels": [1, "x"]}`}, member{"../a.png", strings.Repeat("p", 600)}),
		tarBytes(t, member{long + "ü.jpg", "x"}, member{"l.jpg", "-> x"}),
		tarBytes(t, member{"a.jpg", "x"}, member{"a.json", `{"label": "cat"}`}, member{"b.jpg", "y"}, member{"b.json", `{"label": "dog"}`}),
		tarBytes(t, member{"a.jpg", "x"}, member{"a.txt", "a caption"}), tarBytes(t, member{"d/a.jpg", "x"}, member{"d/b.png", "y"}, member{"e/c.jpg", "z"}),
		tarBytes(t, member{"a.1.jpg", "x"}, member{"a.cls", "3"}), tarBytes(t, member{"a.jpg", ""}, member{"b.jpg", "x"}),
		tarBytes(t, member{strings.Repeat("n", 300) + ".jpg", "x"}), tarBytes(t, member{"ü.jpg", "x"}, member{"ü.cls", "grün"}),
	}
	for i := range all { // without the padding that makes a record of 10 kB of them
		for len(all[i]) > 3*tarBlock && !slices.ContainsFunc(all[i][len(all[i])-3*tarBlock:], func(b byte) bool { return b != 0 }) {
			all[i] = all[i][:len(all[i])-tarBlock]
		}
	}
	return all
}

// metaSeeds are files of synsets as scipy writes them, of many forms.
func metaSeeds(t testing.TB) (all [][]byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "meta*.mat"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		all = append(all, metaFile(t, filepath.Base(path)))
	}
	return all
}

// readTarFile reads a shard in memory, and some, which the file itself chooses, where they lie, by the file or the
// folder.
func readTarFile(t testing.TB) func([]byte, *hostile.Result) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s-0.tar")
	put := hostile.Placed(t, path)
	return func(file []byte, r *hostile.Result) error {
		err := readTarText(file, r)
		n := adler32.Checksum(file) % 16
		if n > 1 {
			return err
		}
		if err := put(file); err != nil {
			return err
		}
		s, opened := open("tar:"+[]string{path, filepath.Dir(path)}[n], Options{})
		if opened == nil {
			checkSet(r, s)
		}
		if err != nil && opened == nil {
			r.Errorf("opened, and as a shard alone: %v", err)
		}
		return err
	}
}

func readTarText(file []byte, r *hostile.Result) error {
	s := &tarSet{set: &Set{Root: "."}, classes: make(map[string]bool)}
	err := s.addShard("s.tar", bytes.NewReader(file), &archive{size: int64(len(file))}, false)
	for _, it := range s.set.Items {
		if p := it.At.Part; p.Offset < tarBlock || p.Size < 0 || p.Size > int64(len(file))-p.Offset {
			r.Errorf("%s: bytes %d+%d of %d", it.ID, p.Offset, p.Size, len(file))
		}
	}
	s.finish()
	if len(s.set.Items) > 0 {
		checkSet(r, s.set)
	}
	noteSet(s.set, r)
	if err == nil && !bytes.Contains(file, make([]byte, tarBlock)) {
		r.Errorf("%d bytes without an end mark", len(file))
	}
	return err
}
