package synth

import (
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"

	"fc7/datasets"
)

// The two of CIFAR are drawn as files, and then put into records of 32x32 pixels.
var (
	cifar10  = cifarLayout("cifar10", 10, 19<<32, "batches.meta.txt", []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"}, "test_batch.bin", "")
	cifar100 = cifarLayout("cifar100", 100, 20<<32, "fine_label_names.txt", []string{"train.bin"}, "test.bin", "\x00")
)

const cifarDrawn = "drawn" // the folder of the files, which goes

// cifarLayout is one whose records have some bytes before the label.
func cifarLayout(name string, classes int, stream uint64, names string, train []string, test, coarse string) listedLayout {
	return listedLayout{
		name: name, kind: name, classes: classes, stream: stream,
		top:   strings.Join(append([]string{names, test}, train...), " "),
		image: func(im *drawnImage) string { return fmt.Sprintf("%s/%06d.jpg", cifarDrawn, im.number) },
		lists: func(s *listedSet) {
			s.names(names, className)
			records := make(map[string]*strings.Builder)
			for _, file := range append(train, test) {
				records[file] = new(strings.Builder)
			}
			learned := 0
			for i := range s.images {
				im, file := &s.images[i], test
				if im.in(datasets.SplitTrainVal) {
					file = train[learned%len(train)]
					learned++
				}
				planes, err := planesOf(filepath.Join(s.dir, filepath.FromSlash(im.path)))
				if err != nil {
					s.err = err
					return
				}
				records[file].WriteString(coarse + string([]byte{byte(im.class)}) + string(planes))
			}
			for file, b := range records {
				s.write(file, []byte(b.String()))
			}
			if s.err == nil {
				s.err = os.RemoveAll(filepath.Join(s.dir, cifarDrawn))
			}
		},
	}
}

// planesOf are the red, the green and the blue values of a picture at 32x32 pixels, by the nearest.
func planesOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := jpeg.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	const side = 32
	planes := make([]byte, 3*side*side)
	for p := range side * side {
		r, g, b, _ := m.At(p%side*m.Bounds().Dx()/side, p/side*m.Bounds().Dy()/side).RGBA()
		planes[p], planes[side*side+p], planes[2*side*side+p] = byte(r>>8), byte(g>>8), byte(b>>8)
	}
	return planes, nil
}
