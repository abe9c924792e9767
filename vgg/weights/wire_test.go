package weights

import (
	"bytes"
	"testing"
)

func TestWireFields(t *testing.T) {
	long := bytes.Repeat([]byte{'x'}, 2000) // longer than the window
	raw := join(protoNumber(1, 300), []byte{0x11, 1, 2, 3, 4, 5, 6, 7, 8}, protoField(100, long...), []byte{0x25, 1, 2, 3, 4}, protoNumber(5, -1))
	w := &wireReader{src: newMemory(raw)}
	var got []wireField
	if err := w.each(0, int64(len(raw)), func(f wireField) error { got = append(got, f); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []wireField{
		{1, wireVarint, 300, 1, 3},
		{2, wire64, 0, 4, 12},
		{100, wireBytes, 0, 16, 2016},
		{4, wire32, 0, 2017, 2021},
		{5, wireVarint, 1<<64 - 1, 2022, 2032},
	}
	if len(got) != len(want) {
		t.Fatalf("%d fields, expected %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("field %d: got %+v, expected %+v", i, got[i], want[i])
		}
	}
}

func TestWireFieldsAreCounted(t *testing.T) {
	raw := bytes.Repeat([]byte{0x08, 0}, maxWireFields+1)
	w := &wireReader{src: newMemory(raw)}
	err := w.each(0, int64(len(raw)), func(wireField) error { return nil })
	wantError(t, err, "at most 1048576 fields")
}
