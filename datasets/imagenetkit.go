package datasets

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/matfile"
)

// kitFiles are what is read of a development kit's data folder; nil: absent.
type kitFiles struct{ truth, meta, mapping io.Reader }

// readKit reads the data folder of an unpacked development kit.
func readKit(dir string) (*valTruth, error) {
	files, closed, err := openKit(dir)
	if err != nil {
		return nil, err
	}
	defer closed()
	if files.truth == nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, truthName), fs.ErrNotExist)
	}
	return files.read(dir)
}

// openKit opens those of the files that there are in a data folder; closed closes them.
func openKit(dir string) (files kitFiles, closed func(), err error) {
	var opened []io.Closer
	closed = func() {
		for _, f := range opened {
			f.Close()
		}
	}
	for name, to := range files.byName() {
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			closed()
			return kitFiles{}, nil, err
		}
		opened = append(opened, f)
		*to = f
	}
	return files, closed, nil
}

// byName are the files by the names that they have in the kit.
func (k *kitFiles) byName() map[string]*io.Reader {
	return map[string]*io.Reader{truthName: &k.truth, metaName: &k.meta, mappingName: &k.mapping}
}

// devkitSynset is a class and the number that the kit counts it by.
type devkitSynset struct {
	id   int
	wnid string
}

const (
	// maxKitBytes is what an unpacked kit may have; the official one has 6 MB.
	maxKitBytes = 1 << 30
	// maxMetaBytes is what meta.mat may have, and again what is packed in it; the official one has 1,860 synsets in 177
	// kB.
	maxMetaBytes   = 16 << 20
	maxMetaSynsets = 100_000
)

// readKitArchive reads ILSVRC2012_devkit_t12.tar.gz as it was published.
func readKitArchive(name string) (*valTruth, error) {
	files, err := unpackKit(name)
	if err != nil {
		return nil, err
	}
	if files.truth == nil {
		return nil, fmt.Errorf("%s: has no %s: it was cut, or is another archive", name, truthName)
	}
	return files.read(name)
}

// unpackKit reads those of the files that there are in the archive.
func unpackKit(name string) (files kitFiles, err error) {
	f, err := os.Open(name)
	if err != nil {
		return files, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return files, fmt.Errorf("%s: %w", name, err)
	}
	tr := tar.NewReader(io.LimitReader(z, maxKitBytes))
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return files, fmt.Errorf("%s: %w", name, err)
		}
		to := files.byName()[path.Base(h.Name)]
		if to == nil || h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := readLimited(tr, maxMetaBytes)
		if err != nil {
			return files, fmt.Errorf("%s: %s: %w", name, escape.Name(h.Name), err)
		}
		*to = strings.NewReader(string(data))
	}
}

// read turns the ground truth's numbers into WordNet ids.
func (k kitFiles) read(source string) (*valTruth, error) {
	wnids, err := k.mappings(source)
	if err != nil {
		return nil, err
	}
	t := &valTruth{}
	name := filepath.Join(source, truthName)
	return t, readLines(name, k.truth, truthLimits, func(_ int, text []byte) error {
		id, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return fmt.Errorf("want an ILSVRC2012_ID, found %q", escape.Short(string(text)))
		}
		wnid, ok := wnids[id]
		if !ok {
			return fmt.Errorf("ILSVRC2012_ID %d is not in the development kit's synsets", id)
		}
		t.byNumber = append(t.byNumber, wnid)
		return nil
	})
}

// mappings reads which WordNet id each ILSVRC2012_ID stands for.
func (k kitFiles) mappings(source string) (map[int]string, error) {
	var synsets []devkitSynset
	var err error
	switch {
	case k.meta != nil:
		synsets, err = readMeta(k.meta)
		source = filepath.Join(source, metaName)
		if err != nil {
			err = fmt.Errorf("%s: %w", source, err)
		}
	case k.mapping != nil:
		source = filepath.Join(source, mappingName)
		synsets, err = readMapping(source, k.mapping)
	default:
		return nil, fmt.Errorf("%s: has neither meta.mat nor map_clsloc.txt, which tell what the numbers of %s mean: "+
			"they do not follow the order of the WordNet ids; add one of them from the development kit", source, truthName)
	}
	if err != nil {
		return nil, err
	}
	wnids, ids := make(map[int]string), make(map[string]int)
	for _, s := range synsets {
		if before, ok := wnids[s.id]; ok {
			return nil, fmt.Errorf("%s: ILSVRC2012_ID %d is both %s and %s", source, s.id, before, s.wnid)
		}
		if before, ok := ids[s.wnid]; ok {
			return nil, fmt.Errorf("%s: %s has two numbers, %d and %d", source, s.wnid, before, s.id)
		}
		wnids[s.id], ids[s.wnid] = s.wnid, s.id
	}
	return wnids, nil
}

// readMeta reads the synsets of a meta.mat: a MATLAB file with the variable synsets, a struct array whose elements have
// among others the fields ILSVRC2012_ID, a number, which the ground truth file counts by, and WNID, a string such as
// n02119789.
func readMeta(r io.Reader) ([]devkitSynset, error) {
	data, err := readLimited(r, maxMetaBytes)
	if err != nil {
		return nil, err
	}
	if matfile.Version(data) == "" {
		return nil, fmt.Errorf("want a MATLAB file of version 5 or 7.3, as save -v7 writes it, found one that begins with %q", data[:min(len(data), 8)])
	}
	variables, err := matfile.Open(bytes.NewReader(data), int64(len(data)), maxMetaBytes)
	if err != nil {
		return nil, err
	}
	for _, v := range variables {
		if v.Name == "synsets" {
			return synsetsOf(v.Value)
		}
	}
	return nil, errors.New("want the variable synsets, found none")
}

func synsetsOf(v matfile.Value) ([]devkitSynset, error) {
	if n := matfile.Len(v); v.Class() != "struct" || n < 1 || n > maxMetaSynsets {
		return nil, fmt.Errorf("want synsets to be 1 to %d structs, found a %s array of %d", maxMetaSynsets, v.Class(), n)
	}
	all := make([]devkitSynset, matfile.Len(v))
	for i := range all {
		s, err := synsetOf(v, i)
		if err != nil {
			return nil, fmt.Errorf("synset %d: %w", i+1, err)
		}
		all[i] = s
	}
	return all, nil
}

func synsetOf(v matfile.Value, i int) (devkitSynset, error) {
	id, err := v.Field(i, "ILSVRC2012_ID")
	if err != nil {
		return devkitSynset{}, err
	}
	wnid, err := v.Field(i, "WNID")
	if err != nil {
		return devkitSynset{}, err
	}
	var s devkitSynset
	if s.id, err = matfile.Whole(id); err != nil {
		return s, fmt.Errorf("ILSVRC2012_ID: %w", err)
	}
	if s.wnid, err = matfile.Text(wnid); err != nil {
		return s, fmt.Errorf("WNID: %w", err)
	}
	if s.id < 1 || !isWNID(s.wnid) {
		return s, fmt.Errorf("want ILSVRC2012_ID and WNID, such as 1 and n02119789, found %d and %q", s.id, escape.Short(s.wnid))
	}
	return s, nil
}

// readLimited reads all of r, which may have at most limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return data, nil
}

// readMapping reads map_clsloc.txt: "n02119789 1 kit_fox" a line.
func readMapping(name string, r io.Reader) ([]devkitSynset, error) {
	var all []devkitSynset
	err := readLines(name, r, truthLimits, func(_ int, text []byte) error {
		fields := strings.Fields(string(text))
		if len(fields) == 0 {
			return nil
		}
		id := 0
		var err error
		if len(fields) > 1 {
			id, err = strconv.Atoi(fields[1])
		}
		if err != nil || id < 1 || !isWNID(fields[0]) {
			return fmt.Errorf("want a WordNet id and a number, such as n02119789 1, found %q", escape.Short(string(text)))
		}
		all = append(all, devkitSynset{id, fields[0]})
		return nil
	})
	return all, err
}
