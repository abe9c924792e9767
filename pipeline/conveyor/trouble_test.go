package conveyor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fc7/datasets"
)

// reads is what a reader of a set says of an item, and how long it took.
func reads(t *testing.T, r *Reader, path string) (took time.Duration, err error) {
	t.Helper()
	began := time.Now()
	_, _, err = r.image(t.Context(), &datasets.Item{ID: filepath.Base(path), At: datasets.Location{Path: path}})
	return time.Since(began), err
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Error(err)
	}
}

// patient is a reader of a drawn image in the folder "deep" of a set's folder, for so long in trouble.
func patient(t *testing.T, patience time.Duration) (r *Reader, root, image string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "set")
	if err := os.MkdirAll(filepath.Join(root, "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	it := drawnItem(t, filepath.Join(root, "deep"))
	return NewReader(&datasets.Set{Root: root}, Options{Patience: patience}), root, it.At.Path
}

// tries1 is outlast of a new reader.
func tries1(ctx context.Context, set *datasets.Set, it *datasets.Item, patience time.Duration, try func() error) error {
	return NewReader(set, Options{Patience: patience}).tried(ctx, it, func(*watched) error { return try() })
}

// A set, a folder of it that was read from, or one that was not yet, may go away for a moment, as a server that starts
// anew: no image of it fails, whoever reads.
func TestShortOutage(t *testing.T) {
	for _, c := range []struct {
		goes  string // "": the set's own folder
		fresh bool   // nothing was read yet
	}{{"", false}, {"", true}, {"deep", false}, {"deep", true}} {
		r, root, image := patient(t, time.Minute)
		dir := filepath.Join(root, c.goes)
		if _, err := reads(t, r, image); !c.fresh && err != nil {
			t.Fatal(err)
		}
		end := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for {
					select {
					case <-end:
						return
					default:
					}
					reader := r
					if c.fresh {
						reader = NewReader(r.outage.set, Options{Patience: time.Minute})
					}
					if _, err := reads(t, reader, image); err != nil {
						t.Errorf("%+v: %v", c, err)
						return
					}
				}
			})
		}
		for _, ms := range []int{0, 0, 0, 1, 2, 5, 30, 80} {
			rename(t, dir, dir+".away")
			time.Sleep(time.Duration(ms) * time.Millisecond)
			rename(t, dir+".away", dir)
			time.Sleep(5 * time.Millisecond)
		}
		close(end)
		readers.Wait()
	}
}

// A longer outage is the machine's, for the first image after a while and for those after it at once; and it is over
// when an image is read again.
func TestLongOutage(t *testing.T) {
	const patience = 50 * time.Millisecond
	for _, goes := range []string{"", "deep"} {
		r, root, image := patient(t, patience)
		if _, err := reads(t, r, image); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(root, goes)
		for range 2 {
			rename(t, dir, dir+".away")
			var machine *MachineError
			for k := range 3 {
				took, err := reads(t, r, image)
				if !errors.As(err, &machine) || !strings.Contains(err.Error(), "a.png: ") || !strings.Contains(err.Error(), dir+" is gone: was its disk taken away?") ||
					!strings.Contains(err.Error(), "(tried again for 50ms)") {
					t.Errorf("%q: %v", goes, err)
				}
				if k == 0 && took < patience || k > 0 && took > patience {
					t.Errorf("%q: image %d after %v", goes, k, took)
				}
			}
			rename(t, dir+".away", dir)
			if _, err := reads(t, r, image); err != nil {
				t.Errorf("%q is back: %v", goes, err)
			}
		}
		rename(t, dir, dir+".away") // as a disk that is not mounted: an empty folder stands in its place
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		var machine *MachineError
		if _, err := reads(t, r, image); !errors.As(err, &machine) || goes != "" && !strings.Contains(err.Error(), "is empty") {
			t.Errorf("%q, empty: %v", goes, err)
		}
	}
}

// An image that is missing while its folder stands has failed, at once; so have those of a folder that a list names and
// that never was, which is waited for once.
func TestMissingImage(t *testing.T) {
	const patience = 50 * time.Millisecond
	r, root, _ := patient(t, patience)
	var machine *MachineError
	if took, err := reads(t, r, filepath.Join(root, "deep", "b.png")); !errors.Is(err, fs.ErrNotExist) || errors.As(err, &machine) || took > patience {
		t.Errorf("after %v: %v", took, err)
	}
	for k := range 3 {
		took, err := reads(t, r, filepath.Join(root, "nowhere", "below", "b.png"))
		if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &machine) {
			t.Errorf("a folder that never was: %v", err)
		}
		if k == 0 && took < patience || k > 0 && took > patience {
			t.Errorf("image %d of a folder that never was after %v", k, took)
		}
	}
	// A list may stand elsewhere than its images.
	other, _, image := patient(t, patience)
	other.outage.set.Root = root
	if _, err := reads(t, other, image); err != nil {
		t.Fatal(err)
	}
	rename(t, filepath.Dir(image), filepath.Dir(image)+".away")
	if _, err := reads(t, other, image); !errors.As(err, &machine) {
		t.Errorf("the folder of a list's images is gone: %v", err)
	}
}

// An archive that is gone is the machine's; a part of it that cannot be read is not.
func TestArchiveGone(t *testing.T) {
	r, root, _ := patient(t, time.Millisecond)
	it := &datasets.Item{ID: "x", At: datasets.Location{Path: filepath.Join(root, "a.tar"), Part: &datasets.Part{Offset: 512, Size: 9}}}
	var machine *MachineError
	if _, _, err := r.image(t.Context(), it); !errors.As(err, &machine) || machine.Item != "x" {
		t.Errorf("a tar file that is gone is a failed row: %v", err)
	}
	if err := os.WriteFile(it.At.Path, make([]byte, 600), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.image(t.Context(), it); err == nil || errors.As(err, &machine) {
		t.Errorf("what is no image: %v", err)
	}
}

// What the whole machine lacks is tried again, then ends the run; what one file has does neither.
func TestTroubleOfTheMachine(t *testing.T) {
	set := &datasets.Set{Root: t.TempDir()}
	it := &datasets.Item{ID: "z", At: datasets.Location{Path: filepath.Join(set.Root, "z.jpg")}}
	opening := func(e error) error { return &fs.PathError{Op: "open", Path: it.At.Path, Err: e} }
	after := func(fails int, e error) (tries int, err error) {
		err = tries1(t.Context(), set, it, 100*time.Millisecond, func() error {
			if tries++; tries <= fails {
				return opening(e)
			}
			return nil
		})
		return tries, err
	}
	for e, says := range map[syscall.Errno]string{
		syscall.EMFILE: cannotRead, syscall.ENFILE: cannotRead, syscall.ENOMEM: cannotRead, syscall.ESTALE: cannotRead, syscall.ENOTCONN: cannotRead,
		syscall.ETIMEDOUT: cannotRead, syscall.ECONNREFUSED: cannotRead, syscall.EIO: noBytes,
	} {
		if tries, err := after(2, e); tries != 3 || err != nil {
			t.Errorf("%v for a moment: %d tries, %v", e, tries, err)
		}
		tries, err := after(1<<30, e)
		if m := new(MachineError); !errors.As(err, &m) || !errors.Is(err, e) || !strings.HasPrefix(err.Error(), "z: "+says) || tries < 3 {
			t.Errorf("%v is taken for a bad image after %d tries: %v", e, tries, err)
		}
	}
	for _, e := range []error{syscall.EISDIR, errors.New("corrupt")} {
		tries, err := after(1, e)
		if m := new(MachineError); tries != 1 || !errors.Is(err, e) || errors.As(err, &m) {
			t.Errorf("%v of one image: %d tries, %v", e, tries, err)
		}
	}
}

// Whoever waits for the machine ends with its context.
func TestOutageCancelled(t *testing.T) {
	it := &datasets.Item{ID: "z", At: datasets.Location{Path: "z"}}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := tries1(ctx, &datasets.Set{}, it, time.Hour, func() error { return syscall.EMFILE })
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

// An image that is a link into a folder that goes away, as of a disk that others are gathered from, is the machine's;
// so is one in a folder that stands empty, as one on which a disk is to be mounted, read from before or not.
func TestLinkedAndMountedAway(t *testing.T) {
	for _, fresh := range []bool{false, true} {
		r, root, image := patient(t, time.Minute)
		farm := filepath.Join(filepath.Dir(root), "farm")
		if err := os.Mkdir(farm, 0o755); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(farm, "a.png")
		if err := os.Symlink(image, link); err != nil {
			t.Skip(err)
		}
		linked := NewReader(&datasets.Set{Root: farm}, Options{Patience: time.Minute})
		if !fresh {
			_, err1 := reads(t, linked, link)
			_, err2 := reads(t, r, image)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
		}
		deep := filepath.Dir(image)
		rename(t, deep, deep+".away")
		time.AfterFunc(30*time.Millisecond, func() { rename(t, deep+".away", deep) })
		if _, err := reads(t, linked, link); err != nil {
			t.Errorf("fresh %v, a link: %v", fresh, err)
		}
		rename(t, deep, deep+".away")
		if err := os.Mkdir(deep, 0o755); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(30*time.Millisecond, func() {
			_ = os.Remove(deep)
			rename(t, deep+".away", deep)
		})
		if _, err := reads(t, r, image); err != nil {
			t.Errorf("fresh %v, an empty folder: %v", fresh, err)
		}
	}
}

// A link to nothing whose folder stands is a bad image.
func TestBrokenLink(t *testing.T) {
	r, _, image := patient(t, time.Minute)
	link := image + ".link.png"
	if err := os.Symlink("nowhere.png", link); err != nil {
		t.Skip(err)
	}
	if _, err := reads(t, r, link); !errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*MachineError)) {
		t.Error(err)
	}
}

// A folder that may not be entered any more is the machine's, as where a ticket of a file server ran out, and so is one
// in which images were when they were planned; one that never could be is not.
func TestFolderShut(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may enter every folder")
	}
	for _, c := range []struct{ stood, planned bool }{{true, false}, {false, false}, {false, true}} {
		stood := c.stood || c.planned
		r, _, image := patient(t, 20*time.Millisecond)
		if _, err := reads(t, r, image); c.stood && err != nil {
			t.Fatal(err)
		}
		if !c.stood {
			r = NewReader(r.outage.set, Options{Patience: 20 * time.Millisecond})
		}
		if c.planned {
			r = r.pinned(&datasets.Pin{Size: 100})
		}
		if err := os.Chmod(filepath.Dir(image), 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(filepath.Dir(image), 0o755) })
		if _, err := reads(t, r, image); !errors.Is(err, fs.ErrPermission) || errors.As(err, new(*MachineError)) != stood {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// What stops a process for two minutes, at any moment of an outage, decides nothing: the folder that is away when it
// runs again is waited for as if it had never been stopped.
func TestStoppedInAnOutage(t *testing.T) {
	for _, c := range []struct {
		stood   bool
		machine bool // it is the machine's in the end
	}{{true, true}, {false, false}} {
		r, root, image := patient(t, 300*time.Millisecond)
		if c.stood {
			if _, err := reads(t, r, image); err != nil {
				t.Fatal(err)
			}
		}
		var stopped time.Duration
		r.outage.clock.wall = func() time.Time { // each asking finds the process stopped since the last one
			stopped += 2 * time.Minute
			return time.Now().Add(stopped)
		}
		r.outage.patience = 4 * longestStep
		deep := filepath.Join(root, "deep")
		rename(t, deep, deep+".away")
		tries := 0
		err := r.tried(t.Context(), &datasets.Item{ID: "a.png", At: datasets.Location{Path: image}}, func(w *watched) error {
			if tries++; tries == 2 {
				rename(t, deep+".away", deep)
			}
			return w.item.At.Check()
		})
		if err != nil && (c.stood || tries > 1) {
			t.Errorf("%+v: %v after %d tries", c, err, tries)
		}
	}
}

func TestSteady(t *testing.T) {
	now := time.Now()
	s := steady{wall: func() time.Time { return now }}
	for _, c := range []struct{ passes, counts time.Duration }{
		{0, 0}, {time.Second, time.Second}, {2 * time.Minute, longestStep}, {-time.Hour, 0}, {time.Millisecond, time.Millisecond},
	} {
		before := s.now()
		now = now.Add(c.passes)
		if got := s.now() - before; got != c.counts {
			t.Errorf("%s count as %s, want %s", c.passes, got, c.counts)
		}
	}
}
