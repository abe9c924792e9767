package datasets

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fc7/internal/escape"
)

// readVal reads the validation images, and the ground truth if it is needed.
func (s *imagenetSet) readVal(place string) error {
	first := len(s.set.Items)
	var err error
	if isDir(place) {
		err = s.valFolder(place)
	} else {
		err = s.openTar(place, func(h *tar.Header, _ io.ReaderAt, offset int64) error {
			if name, at, ok := s.member(place, h, offset); ok {
				return s.addVal(name, "", at)
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	val := s.set.Items[first:]
	slices.SortStableFunc(val, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
	return s.labelVal(val, place)
}

func (s *imagenetSet) valFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		kind := typeOf(dir, e)
		switch {
		case isHidden(e.Name()):
			s.set.skip(skipHidden, s.rel(at))
		case kind == entryDir && isWNID(e.Name()):
			err = s.classFolder(at, func(name string, at Location) error { return s.addVal(name, e.Name(), at) })
		case kind == entryFile && isImageName(e.Name()):
			err = s.addVal(e.Name(), "", Location{Path: at})
		default:
			s.set.skip(skipStray, s.rel(at))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addVal adds a validation image. Official names are unique, so that their keys do not need the class and are the same
// in every layout.
func (s *imagenetSet) addVal(name, wnid string, at Location) error {
	id := SplitVal + "/" + name
	if _, official := valNumber(name); !official && wnid != "" {
		id = SplitVal + "/" + wnid + "/" + name
	}
	if before, ok := s.ids[id]; ok {
		return fmt.Errorf("%s is there twice: in %s and in %s", escape.Name(id), before, at.Path)
	}
	s.ids[id] = at.Path
	s.add(id, at, wnid, bitVal)
	return nil
}

// valNumber reads the number of an official name, ILSVRC2012_val_00000001.JPEG.
func valNumber(name string) (int, bool) { return officialNumber(name, "ILSVRC2012_val_") }

// officialNumber reads the eight digits behind the beginning of an official name.
func officialNumber(name, begin string) (int, bool) {
	stem := strings.TrimSuffix(name, path.Ext(name))
	number, ok := strings.CutPrefix(stem, begin)
	if !ok || len(number) != 8 || !digits(number) {
		return 0, false
	}
	n, err := strconv.Atoi(number)
	return n, err == nil
}

// labelVal gives the images that do not lie in a class folder their labels.
func (s *imagenetSet) labelVal(val []Item, place string) error {
	if !slices.ContainsFunc(val, func(it Item) bool { return it.labels == nil }) {
		return nil
	}
	truth, err := findTruth(s.path, filepath.Dir(place))
	if errors.Is(err, errNoTruth) {
		s.note("the validation images have no labels: " + err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	var unknown []string
	for i := range val {
		if val[i].labels != nil {
			continue
		}
		wnid, ok := truth.label(path.Base(val[i].ID))
		if !ok {
			unknown = append(unknown, val[i].ID)
			continue
		}
		val[i].labels = s.lists.shared([]string{wnid}, nil)
	}
	if len(unknown) > 0 {
		s.note(fmt.Sprintf("without a label in %s: %s", truth.source, some("image", unknown)))
	}
	if n := truth.size(); n > len(val) {
		s.note(fmt.Sprintf("%s lists %d images, of which %d are here", truth.source, n, len(val)-len(unknown)))
	}
	return nil
}
