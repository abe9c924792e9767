package datasets

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"reflect"
	"testing"
)

func metaFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var metaSynsets = []devkitSynset{{1, "n02119789"}, {2, "n02100735"}, {3, "n01440764"}, {4, "n03255030"}, {5, "n02083346"}}

// scipy wrote both files: one packed as MATLAB does, one plain, after another variable.
func TestReadMeta(t *testing.T) {
	for _, name := range []string{"meta.mat", "meta_plain.mat"} {
		got, err := readMeta(bytes.NewReader(metaFile(t, name)))
		if err != nil || !reflect.DeepEqual(got, metaSynsets) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Damage anywhere is an error, never a panic, and never other synsets in silence.
func TestReadMetaCut(t *testing.T) {
	whole := metaFile(t, "meta_plain.mat")
	for n := range whole {
		if got, err := readMeta(bytes.NewReader(whole[:n])); err == nil {
			t.Fatalf("cut at byte %d: read %v", n, got)
		}
	}
	_, err := readMeta(bytes.NewReader(append([]byte("\x89HDF\r\n\x1a\n"), make([]byte, 200)...)))
	wantError(t, err, "7.3", "-v7")
}

// MATLAB stores a number in the smallest type that holds it, text in UTF-16,
// and may write the bytes of words the other way round.
func TestMatValues(t *testing.T) {
	for _, order := range []interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}{binary.LittleEndian, binary.BigEndian} {
		m := matReader{order}
		element := func(kind uint32, data ...byte) []byte {
			b := order.AppendUint32(nil, kind)
			b = order.AppendUint32(b, uint32(len(data)))
			b = append(b, data...)
			return append(b, make([]byte, (8-len(data)%8)%8)...)
		}
		array := func(class uint32, values int, data []byte) matElement {
			b := element(matUint32, append(order.AppendUint32(nil, class), 0, 0, 0, 0)...)
			b = append(b, element(matInt32, append(order.AppendUint32(nil, 1), order.AppendUint32(nil, uint32(values))...)...)...)
			return matElement{matMatrix, append(append(b, element(matInt8)...), data...)}
		}
		small := func(kind, size uint32, data ...byte) []byte {
			return append(order.AppendUint32(nil, size<<16|kind), data...)
		}
		for _, data := range [][]byte{
			small(matUint8, 1, 200, 0, 0, 0),
			element(matUint16, order.AppendUint16(nil, 200)...), element(matInt32, order.AppendUint32(nil, 200)...),
			element(matSingle, order.AppendUint32(nil, math.Float32bits(200))...), element(matDouble, order.AppendUint64(nil, math.Float64bits(200))...),
		} {
			if n, err := m.integer(array(6, 1, data)); n != 200 || err != nil {
				t.Errorf("%v: %d, %v", data, n, err)
			}
		}
		_, err := m.integer(array(6, 1, element(matDouble, order.AppendUint64(nil, math.Float64bits(1.5))...)))
		wantError(t, err, "whole number")
		_, err = m.integer(array(6, 2, element(matDouble, make([]byte, 16)...)))
		wantError(t, err, "one number", "2 values")
		if s, err := m.text(array(matClassChar, 2, element(matUint16, order.AppendUint16(order.AppendUint16(nil, 'n'), 0xe9)...))); s != "né" || err != nil {
			t.Errorf("%q, %v", s, err)
		}
		_, err = m.text(array(6, 1, element(matUint8, 'n')))
		wantError(t, err, "want a string")
	}
}

func FuzzReadMeta(f *testing.F) {
	for _, name := range []string{"meta.mat", "meta_plain.mat"} {
		f.Add(metaFile(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		synsets, err := readMeta(bytes.NewReader(data))
		if (err == nil) != (synsets != nil) {
			t.Errorf("%d synsets and error %v", len(synsets), err)
		}
		for _, s := range synsets {
			if s.id < 1 || !isWNID(s.wnid) {
				t.Errorf("took %+v", s)
			}
		}
	})
}
