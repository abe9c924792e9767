package datasets

import (
	"archive/tar"
	"io"
	"os"
	"path"
	"path/filepath"
)

// readTest reads the test images, of which nobody is told the classes.
func (s *imagenetSet) readTest(place string) error {
	first := len(s.set.Items)
	var err error
	if isDir(place) {
		err = s.testFolder(place)
	} else {
		err = s.openTar(place, func(h *tar.Header, _ io.ReaderAt, offset int64) error {
			if name, at, ok := s.member(place, h, offset); ok {
				s.addTest(name, at)
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	return s.sorted(first)
}

func (s *imagenetSet) addTest(name string, at Location) {
	s.add(SplitTest+"/"+name, at, "", bitTest)
}

func (s *imagenetSet) testFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		switch {
		case isHidden(e.Name()):
			s.set.skip(skipHidden, s.rel(at))
		case typeOf(dir, e) == entryFile && isImageName(e.Name()):
			s.addTest(e.Name(), Location{Path: at})
		default:
			s.set.skip(skipStray, s.rel(at))
		}
	}
	return nil
}

// ILSVRCTestImages are as many as the test set was published with.
const ILSVRCTestImages = 100_000

// ILSVRCTestNumber reads the number of a test image from its name, 1 of test/ILSVRC2012_test_00000001.JPEG.
func ILSVRCTestNumber(id string) (int, bool) {
	return officialNumber(path.Base(id), "ILSVRC2012_test_")
}
