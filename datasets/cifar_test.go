package datasets

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestCIFAR: records become images, whose pixels are those of the planes, in a set and by its index.
func TestCIFAR(t *testing.T) {
	for kind, form := range map[string]struct {
		names, train, test string
		coarse             string
	}{
		"cifar10":  {"batches.meta.txt", "data_batch_%d.bin", "test_batch.bin", ""},
		"cifar100": {"fine_label_names.txt", "train.bin", "test.bin", "\x07"},
	} {
		record := func(label byte) string {
			planes := make([]byte, rawBytes)
			for i := range planes {
				planes[i] = byte(i/1024*100 + i%1024%32*3 + i%1024/32 + int(label))
			}
			return form.coarse + string([]byte{label}) + string(planes)
		}
		files := map[string]string{form.names: "cat\ndog\n\n", form.test: record(1) + record(0)}
		for n := 1; n <= 5; n++ {
			name := form.train
			if strings.Contains(name, "%") {
				name = fmt.Sprintf(name, n)
			}
			files[name] = record(0) + record(1) + record(1)
		}
		root := tree(t, files)
		s := mustOpen(t, kind+":"+root, Options{})
		trained := 3 * (len(files) - 2)
		last := s.Items[len(s.Items)-2]
		if len(s.Items) != trained+2 || last.ID != form.test+"/00001" || last.Labels()[0] != "dog" || last.Splits()[0] != "test" || s.Items[0].Splits()[0] != "trainval" {
			t.Errorf("%s: %v", kind, ids(s))
		}
		of, err := s.Indexed()
		if err != nil {
			t.Fatal(err)
		}
		var index bytes.Buffer
		if err := of.WriteIndex(&index, s.Items, make([]Pin, len(s.Items))); err != nil {
			t.Fatal(err)
		}
		share := of.Share(Options{}, len(s.Items))
		if err := share.Add(index.Bytes(), 0, len(s.Items)); err != nil {
			t.Fatal(err)
		}
		for _, it := range []Item{last, share.Set().Items[len(s.Items)-2]} {
			checkRaw(t, it, 1)
		}
	}
}

func checkRaw(t *testing.T, it Item, label int) {
	t.Helper()
	f, err := it.At.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != 54+rawBytes || string(data[:2]) != "BM" || data[10] != 54 || data[18] != rawSide || data[22] != rawSide || data[28] != 24 {
		t.Fatalf("%d bytes, header %x", len(data), data[:54])
	}
	for y := range rawSide {
		for x := range rawSide {
			bgr := data[54+3*((rawSide-1-y)*rawSide+x):][:3] // rows go from the bottom up
			if want := byte(3*x + y + label); bgr[2] != want || bgr[1] != want+100 || bgr[0] != want+200 {
				t.Fatalf("pixel %d, %d: %v, want %d", x, y, bgr, want)
			}
		}
	}
}

// TestCIFARDamaged: files that were cut, or have other labels, are refused.
func TestCIFARDamaged(t *testing.T) {
	whole := strings.Repeat("\x00", 2+rawBytes)
	for want, test := range map[string]string{"want records of 3074 bytes": whole[:3000], "want a label from 0 to 1, found 200": "\x00\xc8" + whole[2:], "found 0 bytes": "\x00"[:0]} {
		_, err := Open(t.Context(), "cifar100:"+tree(t, map[string]string{"fine_label_names.txt": "a\nb\n", "train.bin": whole, "test.bin": test}), Options{})
		wantError(t, err, want, "test.bin")
	}
}
