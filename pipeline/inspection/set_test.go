package inspection

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"fc7/datasets"
	"fc7/datasets/synth"
	"fc7/pipeline/conveyor"
)

// hostileSet writes a table of images with one fault each, and returns its spec.
func hostileSet(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	jpegOf := func(w, h int, level byte) []byte {
		m := image.NewGray(image.Rect(0, 0, w, h))
		for i := range m.Pix {
			m.Pix[i] = level + byte(i%7)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, m, nil); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var p bytes.Buffer
	if err := png.Encode(&p, image.NewNRGBA(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	good := jpegOf(64, 48, 9)
	write("good.jpg", good)
	write("again.jpg", good)
	write("other.jpg", jpegOf(64, 48, 99))
	write("twin.jpg", jpegOf(64, 48, 99))
	write("png.jpg", p.Bytes())
	write("tiny.jpg", jpegOf(31, 48, 3))
	write("wide.jpg", jpegOf(400, 49, 3))
	write("empty.jpg", nil)
	write("empty2.jpg", nil)
	write("text.jpg", []byte("<html>not found</html>"))
	write("cut.jpg", good[:len(good)-20])
	write("t.csv", []byte(`path,labels,split,xmin,ymin,xmax,ymax
good.jpg,cat,train,,,,
good.jpg,cat,train,1,1,64,48
good.jpg,dog,train,1,1,65,48
again.jpg,cat,test,,,,
other.jpg,cat,test,,,,
twin.jpg,dog,test,,,,
png.jpg,,,,,,
tiny.jpg,dog,val,,,,
wide.jpg,dog,val,,,,
wide.jpg,dog,test,1,1,9,9
empty.jpg,dog,,,,,
empty2.jpg,dog,test,,,,
text.jpg,dog,,,,,
cut.jpg,dog,,,,,
gone.jpg,dog,,,,,
`))
	return "csv:" + filepath.Join(dir, "t.csv")
}

// TestInspectScaled: a box that was drawn on a picture of another size is told of, and compared with the image as it is
// scaled.
func TestInspectScaled(t *testing.T) {
	dir := t.TempDir()
	var p bytes.Buffer
	if err := png.Encode(&p, image.NewNRGBA(image.Rect(0, 0, 40, 36))); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a.png": p.String(),
		"a.xml": "<annotation><size><width>80</width><height>72</height></size><object><name>x</name>" +
			"<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>80</xmax><ymax>72</ymax></bndbox></object></annotation>",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	in, err := OfSet(t.Context(), SetJob{DataSet: "vocxml:" + dir, Choice: datasets.Options{Objects: datasets.ObjectsBox}}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{SuspectScaled: {"a.png, object 1: on 80x72 pixels, the image has 40x36"}}
	if !reflect.DeepEqual(in.Suspicious, want) {
		t.Errorf("%v", in.Suspicious)
	}
}

func TestInspectSet(t *testing.T) {
	j := SetJob{DataSet: hostileSet(t), Hash: true, Pixels: true}
	last := conveyor.Progress{}
	in, err := OfSet(context.Background(), j, conveyor.Events{Progress: func(p conveyor.Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	if in.Rows != 15 || in.Images != 12 || in.Objects != 3 || in.Unlabelled != 0 || in.None != 1 || in.Readable != 7 || last.Done != 12 || last.Failed != 5 {
		t.Errorf("%d rows, %d images, %d objects, %d unlabelled, %d of no class, %d readable; %+v", in.Rows, in.Images, in.Objects, in.Unlabelled, in.None, in.Readable, last)
	}
	var size int64
	files, err := filepath.Glob(filepath.Join(filepath.Dir(strings.TrimPrefix(j.DataSet, "csv:")), "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if in.Bytes != size || size == 0 {
		t.Errorf("%d bytes, want %d", in.Bytes, size)
	}
	want := map[string][]string{
		SuspectMissing: {"gone.jpg: "}, SuspectEmpty: {"empty.jpg", "empty2.jpg"}, SuspectUnreadable: {"text.jpg: ", "cut.jpg: "},
		SuspectName: {"png.jpg: is png"}, SuspectTiny: {"tiny.jpg: 31x48 pixels"}, SuspectAspect: {"wide.jpg: 400x49 pixels"},
		SuspectLeak: {"wide.jpg: test, val"},
		SuspectBox:  {"good.jpg, object 2: 1,1 to 65,48 in 64x48 pixels"},
	}
	for kind, all := range want {
		got := in.Suspicious[kind]
		ok := len(got) == len(all)
		for i := 0; ok && i < len(all); i++ {
			ok = strings.HasPrefix(got[i], all[i])
		}
		if !ok {
			t.Errorf("%s: got %q, want %q", kind, got, all)
		}
	}
	if len(in.Suspicious) != len(want) {
		t.Errorf("suspicions %v", in.Suspicious)
	}
	for i := range in.Duplicates {
		in.Duplicates[i].SHA256 = in.Duplicates[i].SHA256[:0]
	}
	dups := []Duplicate{
		{Images: []string{"good.jpg", "again.jpg"}, Splits: []string{"test", "train"}, Leak: true, OtherLabels: true},
		{Images: []string{"other.jpg", "twin.jpg"}, Splits: []string{"test"}, OtherLabels: true},
	}
	if !reflect.DeepEqual(in.Duplicates, dups) {
		t.Errorf("duplicates %+v", in.Duplicates)
	}
	if !reflect.DeepEqual(in.Width, &Spread{31, 64, 400}) || !reflect.DeepEqual(in.Formats, []NameCount{{"jpeg", 6}, {"png", 1}}) || in.Colors[0] != (NameCount{"gray", 6}) {
		t.Errorf("widths %v, formats %v, colours %v", in.Width, in.Formats, in.Colors)
	}
	if c := in.Classes[0]; c.Class != "cat" || c.Rows != 4 || c.Splits["test"] != 2 || c.Splits["train"] != 2 {
		t.Errorf("%+v", c)
	}
	if s := in.Splits[0]; s != (SplitCount{"train", 1, 3, 2, 0, 0}) {
		t.Errorf("%+v", s)
	}
	if !in.Unusable() {
		t.Error("nothing is said to be wrong")
	}
}

// Headers alone do not tell that an image was cut, and no duplicates are looked for.
func TestInspectSetHeaders(t *testing.T) {
	in, err := OfSet(context.Background(), SetJob{DataSet: hostileSet(t), Workers: 1}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	if in.Readable != 8 || len(in.Suspicious[SuspectUnreadable]) != 1 || len(in.Duplicates) != 0 || in.Bytes != 0 {
		t.Errorf("%d readable, %v, %v", in.Readable, in.Suspicious, in.Duplicates)
	}
	if (&Set{Duplicates: []Duplicate{{}}, Suspicious: map[string][]string{SuspectTiny: {"x"}}}).Unusable() {
		t.Error("a duplicate within a split is said to be a leak")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := OfSet(ctx, SetJob{DataSet: hostileSet(t)}, conveyor.Events{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestHashWithoutPixels: the digest is of the whole file, of which the header alone is decoded.
func TestHashWithoutPixels(t *testing.T) {
	spec := hostileSet(t)
	in, err := OfSet(context.Background(), SetJob{DataSet: spec, Hash: true}, conveyor.Events{})
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(filepath.Dir(strings.TrimPrefix(spec, "csv:")), "good.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Duplicates) != 2 || in.Duplicates[0].SHA256 != fmt.Sprintf("%x", sha256.Sum256(good)) {
		t.Errorf("%+v", in.Duplicates)
	}
}

// TestOfSetGone: a data set that goes away is no set of missing images.
func TestOfSetGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := synth.Generate(t.Context(), dir, synth.Options{Layout: synth.LayoutCaltech101, Images: 10, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	var machine *conveyor.MachineError
	gone := conveyor.Events{Progress: func(conveyor.Progress) {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}}
	if _, err := OfSet(t.Context(), SetJob{DataSet: "caltech101:" + dir, Hash: true, patience: time.Millisecond}, gone); !errors.As(err, &machine) {
		t.Errorf("%v", err)
	}
}

// TestInspectionInterrupted: the end of the context does not wait for what is under way.
func TestInspectionInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	defer close(hold)
	_, err := OfSet(ctx, SetJob{DataSet: hostileSet(t)}, conveyor.Events{Progress: func(conveyor.Progress) {
		cancel()
		<-hold
	}})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestInspectRecords: images that are records of a file are pictures that decode.
func TestInspectRecords(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	if _, err := synth.Generate(t.Context(), dir, synth.Options{Layout: "cifar100", Images: 12, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	in, err := OfSet(t.Context(), SetJob{DataSet: "cifar100:" + dir, Pixels: true}, conveyor.Events{})
	if err != nil || in.Readable != 12 || len(in.Formats) != 1 || in.Formats[0].Name != "bmp" {
		t.Errorf("%+v, %v", in, err)
	}
}
