package datasets

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// readTrain reads the training images: a folder of class folders, of class tars, or of images named after their class;
// or the tar of class tars.
func (s *imagenetSet) readTrain(place string) error {
	before := len(s.set.Items)
	var err error
	if isDir(place) {
		err = s.trainFolder(place)
	} else {
		err = s.trainTar(place)
	}
	if err != nil {
		return err
	}
	return s.sorted(before)
}

// sorted sorts the images from the given one on, none of which may be there twice.
func (s *imagenetSet) sorted(from int) error {
	items := s.set.Items[from:]
	slices.SortStableFunc(items, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
	for i := 1; i < len(items); i++ {
		if a, b := items[i-1], items[i]; a.ID == b.ID {
			return fmt.Errorf("%s is there twice: in %s and in %s", a.ID, a.At.Path, b.At.Path)
		}
	}
	return nil
}

func (s *imagenetSet) addTrain(wnid, name string, at Location) {
	s.add(SplitTrain+"/"+wnid+"/"+name, at, wnid, bitTrain)
}

func (s *imagenetSet) trainFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		wnid, _, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".tar"), "_")
		kind := typeOf(dir, e)
		switch {
		case isHidden(e.Name()):
			s.set.skip(skipHidden, s.rel(at))
		case kind == entryDir && isWNID(e.Name()):
			err = s.classFolder(at, func(name string, at Location) error {
				s.addTrain(wnid, name, at)
				return nil
			})
		case kind == entryFile && e.Name() == wnid+".tar" && isWNID(wnid):
			err = s.classTarFile(at, wnid)
		case kind == entryFile && isWNID(wnid) && isImageName(e.Name()): // n01440764_10026.JPEG
			s.addTrain(wnid, e.Name(), Location{Path: at})
		default:
			s.set.skip(skipStray, s.rel(at))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// classFolder gives the images of one folder to take.
func (s *imagenetSet) classFolder(dir string, take func(name string, at Location) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list class folder: %w", err)
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		switch t := typeOf(dir, e); {
		case isHidden(e.Name()):
			s.set.skip(skipHidden, s.rel(at))
		case t == entryDir:
			s.set.skip(skipNested, s.rel(at))
		case t == entrySpecial:
			s.set.skip(skipSpecial, s.rel(at))
		case !isImageName(e.Name()):
			s.set.skip(skipExtension, s.rel(at))
		default:
			if err := take(e.Name(), Location{Path: at}); err != nil {
				return err
			}
		}
	}
	return nil
}

// rel is a path below the root, for Set.Skipped.
func (s *imagenetSet) rel(at string) string {
	rel, err := filepath.Rel(s.set.Root, at)
	if err != nil {
		return at
	}
	return filepath.ToSlash(rel)
}

// trainTar reads ILSVRC2012_img_train.tar, whose 1000 files are tars.
func (s *imagenetSet) trainTar(name string) error {
	return s.openTar(name, func(h *tar.Header, f io.ReaderAt, offset int64) error {
		wnid, isTar := strings.CutSuffix(path.Base(h.Name), ".tar")
		if !isTar || !isWNID(wnid) {
			s.set.skip(skipStray, s.rel(name)+": "+h.Name)
			return nil
		}
		return s.classTar(name, io.NewSectionReader(f, offset, h.Size), wnid, offset)
	})
}

// classTarFile reads a tar of one class.
func (s *imagenetSet) classTarFile(name, wnid string) error {
	return s.openTar(name, func(h *tar.Header, _ io.ReaderAt, offset int64) error {
		s.trainMember(name, wnid, h, offset)
		return nil
	})
}

// classTar reads the tar of one class that begins at a byte of name.
func (s *imagenetSet) classTar(name string, r *io.SectionReader, wnid string, begin int64) error {
	return walkTar(name, r, r.Size(), func(h *tar.Header, _ io.Reader, offset int64) error {
		if h.Typeflag == tar.TypeReg && !isSparse(h) {
			s.trainMember(name, wnid, h, begin+offset)
		}
		return nil
	})
}

func (s *imagenetSet) trainMember(name, wnid string, h *tar.Header, offset int64) {
	if base, at, ok := s.member(name, h, offset); ok {
		s.addTrain(wnid, base, at)
	}
}

// member is a file of a tar file, by the last part of its name; not ok: it is no image, and skipped.
func (s *imagenetSet) member(tarFile string, h *tar.Header, offset int64) (name string, at Location, ok bool) {
	name = path.Base(h.Name)
	if !isImageName(name) || isHidden(name) {
		s.set.skip(skipExtension, s.rel(tarFile)+": "+h.Name)
		return name, at, false
	}
	return name, Location{Path: tarFile, Part: &Part{Offset: offset, Size: h.Size, in: s.archive}}, true
}

// openTar gives the plain files of a tar file to take.
func (s *imagenetSet) openTar(name string, take func(h *tar.Header, f io.ReaderAt, offset int64) error) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: want a tar file, found a %s", name, describeMode(info.Mode()))
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	s.archive = newArchive(info)
	err = walkTar(name, f, info.Size(), func(h *tar.Header, _ io.Reader, offset int64) error {
		switch {
		case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
		case h.Typeflag != tar.TypeReg || isSparse(h):
			s.set.skip(skipSpecial, s.rel(name)+": "+h.Name)
		default:
			return take(h, f, offset)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
