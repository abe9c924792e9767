package datasets

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// footerFile is a table of the footer alone.
func footerFile(footer []byte) []byte {
	b := append([]byte("PAR1"), footer...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(footer))), "PAR1"...)
}

// A footer of a few bytes that claims a list of 2*10^9, as its schema or its row groups, is an error that names the
// file, and costs no memory; so does one of many nested groups, or of many columns in many row groups, none of which is
// there.
func TestParquetFooterBombs(t *testing.T) {
	claims := func(field byte) []byte {
		return append(binary.AppendUvarint([]byte{field<<4 | 9, 0xfc}, 2_000_000_000), make([]byte, 30)...)
	}
	deep := binary.AppendUvarint([]byte{0x29, 0xfc}, 20_000)
	deep = append(append(deep, bytes.Repeat([]byte{0x55, 2, 0}, 20_000)...), 0)
	wide := binary.AppendUvarint([]byte{0x29, 0xfc}, 200_000)
	wide = append(wide, bytes.Repeat([]byte{0x15, 2, 0}, 200_000)...)
	wide = binary.AppendUvarint(append(wide, 0x29, 0xfc), 200_000)
	wide = append(append(wide, make([]byte, 200_000)...), 0)
	for name, c := range map[string]struct {
		footer []byte
		words  []string
	}{
		"schema.parquet": {claims(2), []string{"a list of 2000000000", "30 bytes left"}},
		"groups.parquet": {claims(4), []string{"a list of 2000000000", "30 bytes left"}},
		"deep.parquet":   {deep, []string{"nested too deep"}},
		"wide.parquet":   {wide, []string{"200000 columns in 200000 row groups"}},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, footerFile(c.footer), 0o644); err != nil {
			t.Fatal(err)
		}
		var err error
		n := allocated(func() { _, err = Open(t.Context(), "parquet:"+path, Options{}) })
		wantError(t, err, append(c.words, name)...)
		if n > 16<<20 {
			t.Errorf("%s: %d MB allocated", name, n>>20)
		}
	}
}
