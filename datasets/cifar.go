package datasets

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fc7/internal/escape"
)

// cifar10 and cifar100 are Krizhevsky's sets of small images (2009) in their binary form: records of one label, or the
// coarse one and the fine one, and 32x32 pixels, plane by plane.
var (
	cifar10 = cifarOf(cifarForm{
		name: "cifar10", title: "CIFAR-10: 10 classes", classes: 10, label: 0, record: 1 + rawBytes, folder: "cifar-10-batches-bin", names: "batches.meta.txt",
		train: []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"}, test: "test_batch.bin",
	})
	cifar100 = cifarOf(cifarForm{
		name: "cifar100", title: "CIFAR-100: 100 classes, the fine ones", classes: 100, label: 1, record: 2 + rawBytes, folder: "cifar-100-binary", names: "fine_label_names.txt",
		train: []string{"train.bin"}, test: "test.bin",
	})
)

// cifarForm is what the two differ in.
type cifarForm struct {
	name, title   string
	classes       int
	label, record int // the byte of the label, and the bytes of a record
	folder, names string
	train         []string
	test          string
}

func cifarOf(f cifarForm) listedSet {
	return listedSet{
		KindInfo: KindInfo{
			Name:    f.name,
			Summary: f.title + ", 50,000 images of 32x32 to train and 10,000 to test, in their binary form",
			Tree: "PATH/" + strings.Join(f.train, ", ") + ", " + f.test + "   records of labels and pixels\n" +
				"PATH/" + f.names + "   the names of the classes",
			Example: f.name + ":/data/" + f.folder,
		},
		folders: []string{f.folder}, marks: []string{f.names}, classes: f.classes,
		read: func(l *lister) error {
			if err := l.lines(f.names, l.class); err != nil {
				return err
			}
			for _, file := range f.train {
				if err := l.records(f, file, SplitTrainVal); err != nil {
					return err
				}
			}
			return l.records(f, f.test, SplitTest)
		},
	}
}

// records adds the images of a file of records.
func (l *lister) records(form cifarForm, name, split string) error {
	file, err := l.locate(name)
	if err != nil {
		return err
	}
	in, err := openText(l.k, file.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	whole := Part{Size: info.Size(), in: newArchive(info)}
	if file.Part != nil {
		whole = *file.Part
	}
	if whole.packed > 0 {
		return fmt.Errorf("%s: %s is compressed in it, so that images cannot be read in place: unpack the archive", file.Path, name)
	}
	n := whole.Size / int64(form.record)
	if n == 0 || whole.Size%int64(form.record) != 0 || n > maxRecords {
		return fmt.Errorf("%s: want records of %d bytes, found %d bytes: it was cut, or is of another form", l.path(name), form.record, whole.Size)
	}
	of, label := whole.in, make([]byte, 1)
	parts := make([]Part, n)
	for i := range parts {
		at := whole.Offset + int64(i)*int64(form.record)
		if _, err := in.ReadAt(label, at+int64(form.label)); err != nil {
			return fmt.Errorf("%s: record %d: %w", l.path(name), i+1, err)
		}
		class, err := l.numbered(int(label[0]) + 1)
		if err != nil {
			return fmt.Errorf("%s: record %d: want a label from 0 to %d, found %d", l.path(name), i+1, len(l.set.Classes)-1, label[0])
		}
		if err := l.image(fmt.Sprintf("%s/%05d", name, i+1), class, split); err != nil {
			return err
		}
		parts[i] = Part{Offset: at + int64(form.record) - rawBytes, Size: rawBytes, raw: true, in: of}
		it := &l.items[len(l.items)-1]
		it.At = Location{Path: file.Path, Part: &parts[i]}
	}
	return nil
}

// maxRecords bounds the images of a file: the largest has 50,000.
const maxRecords = 1 << 20

// A raw image is rawSide x rawSide pixels without any header: all red values, row by row, all green ones, all blue
// ones.
const (
	rawSide  = 32
	rawBytes = 3 * rawSide * rawSide
)

// hasRaw tells whether the parts of files of a kind are raw images.
func hasRaw(kind string) bool { return kind == cifar10.Name || kind == cifar100.Name }

// openRaw reads a raw image as the BMP file of the same pixels.
func (l Location) openRaw(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.Open(l.Path)
	if err != nil {
		return nil, fmt.Errorf("open image: %w", err)
	}
	defer f.Close()
	planes := make([]byte, rawBytes)
	if _, err := f.ReadAt(planes, l.Part.Offset); err != nil {
		return nil, fmt.Errorf("open image %s: %w", escape.Name(filepath.Base(l.Path)), err)
	}
	return cell{bytes.NewReader(bmpOf(planes))}, nil
}

// bmpOf is a BMP file of 24 bits a pixel with the pixels of a raw image.
func bmpOf(planes []byte) []byte {
	const header = 14 + 40
	b := make([]byte, header, header+rawBytes) // rows of 96 bytes need no padding
	copy(b, "BM")
	le := binary.LittleEndian
	le.PutUint32(b[2:], header+rawBytes)
	le.PutUint32(b[10:], header)
	le.PutUint32(b[14:], 40)
	le.PutUint32(b[18:], rawSide)
	le.PutUint32(b[22:], rawSide)
	le.PutUint16(b[26:], 1)
	le.PutUint16(b[28:], 24)
	le.PutUint32(b[34:], rawBytes)
	const plane = rawSide * rawSide
	for y := rawSide - 1; y >= 0; y-- { // from the bottom up
		for x := range rawSide {
			p := y*rawSide + x
			b = append(b, planes[2*plane+p], planes[plane+p], planes[p])
		}
	}
	return b
}
