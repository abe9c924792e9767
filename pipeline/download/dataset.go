package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"fc7/datasets"
	"fc7/internal/atomicfile"
	"fc7/internal/catalogue"
	"fc7/internal/fetch"
	"fc7/internal/lock"
	"fc7/internal/machine"
	"fc7/internal/unpack"
	"fc7/internal/usage"
)

// DataSetJob says which data set to fetch, and where to.
type DataSetJob struct {
	Name     string
	Out      string // folder; the data set becomes a folder in it
	Mirror   string // a URL below which the archives lie under their own names, to be asked first
	Archives string // folder of the archives, where those that are there are used; empty: one in Out that is removed
	Accept   bool   // the user accepts the set's terms
}

// DataSetResult is what is there now.
type DataSetResult struct {
	catalogue.DataSet
	Spec    string   // by which the verbs open it
	Images  int      // items of the opened set
	Classes int      // of it
	Bytes   int64    // of the unpacked files
	Already bool     // it was there, and was only opened
	Notes   []string // what the opening of it remarks
}

// TermsError asks the user to accept terms of use.
type TermsError struct{ Set catalogue.DataSet }

func (e *TermsError) Error() string {
	return fmt.Sprintf("%s is under terms of use that you have to accept:\n%s\nIf you do, add --accept-licence", e.Set.Name, e.Set.Terms)
}

// WrongUsage makes it one of a wrong call: see package usage.
func (e *TermsError) WrongUsage() {}

// FetchDataSet downloads the archives of a data set, verifies them, unpacks them into a temporary folder of j.Out and
// gives it its name when the set can be opened. Interrupted, the same call goes on with the archives that have come. A
// set that is there already is opened, and nothing is changed.
func FetchDataSet(ctx context.Context, j DataSetJob, e Events) (*DataSetResult, error) {
	if err := j.Check(); err != nil {
		return nil, err
	}
	s, _ := catalogue.LookupDataSet(j.Name)
	return fetchSet(ctx, s, j, e)
}

// Check tells what is wrong with the job, whatever is there and the publisher sends.
func (j DataSetJob) Check() error {
	if _, known := catalogue.LookupDataSet(j.Name); !known {
		return usage.Unknown("data set to fetch", j.Name, catalogue.DataSetNames()...)
	}
	return nil
}

func fetchSet(ctx context.Context, s catalogue.DataSet, j DataSetJob, e Events) (r *DataSetResult, err error) {
	r = &DataSetResult{DataSet: s, Spec: s.Kind + ":" + filepath.Join(j.Out, s.Open)}
	final := filepath.Join(j.Out, s.Folder)
	if _, err := os.Lstat(final); err == nil {
		r.Already = true
		if err := r.open(ctx, j.Out); err != nil {
			return nil, machine.Advise(fmt.Errorf("%s is there already, but cannot be opened: %w", final, err), "remove it to fetch it again")
		}
		return r, r.clear(j)
	}
	if s.Terms != "" && !j.Accept {
		return nil, &TermsError{s}
	}
	if err := atomicfile.MkdirAll(j.Out); err != nil {
		return nil, err
	}
	l, err := lock.Named(beside(s, j, "lock"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Release()) }()
	keep := j.Archives != ""
	if !keep {
		j.Archives = beside(s, j, "archives")
		defer os.Remove(j.Archives) // which takes it only where nothing came
	}
	var files []string
	for _, a := range s.Archives {
		file, err := archive(ctx, a, j, e)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	temp := beside(s, j, "unpacking")
	if err := r.unpack(ctx, files, temp, final, e); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.Name, err), os.RemoveAll(temp))
	}
	if !keep {
		err = os.RemoveAll(j.Archives)
	}
	return r, err
}

// beside is what stands beside the folder of a set while it is fetched.
func beside(s catalogue.DataSet, j DataSetJob, what string) string {
	return filepath.Join(j.Out, "."+s.Name+"."+what)
}

// clear removes what a process left that was killed when the set had its place.
func (r *DataSetResult) clear(j DataSetJob) error {
	lock.Clear(beside(r.DataSet, j, "lock"))
	for _, what := range []string{"unpacking", "archives"} {
		left := beside(r.DataSet, j, what)
		if _, err := os.Lstat(left); err != nil {
			continue
		}
		l, err := lock.Named(beside(r.DataSet, j, "lock"))
		if err != nil {
			return nil // another process is at it, or the folder is only to read
		}
		if err := errors.Join(os.RemoveAll(left), l.Release()); err != nil {
			return err
		}
	}
	return nil
}

// archive brings one archive, or verifies the one that is there.
func archive(ctx context.Context, a catalogue.Archive, j DataSetJob, e Events) (string, error) {
	file := filepath.Join(j.Archives, a.File)
	if _, err := os.Stat(file); err == nil {
		if _, err := fetch.Sum(ctx, file, a.Digests...); err != nil {
			return "", machine.Advise(err, "remove it, and it is downloaded again")
		}
		return file, nil
	}
	urls := a.URLs
	if j.Mirror != "" {
		urls = append([]string{strings.TrimSuffix(j.Mirror, "/") + "/" + a.File}, urls...)
	}
	_, err := fetch.Get(ctx, fetch.Request{URLs: urls, Path: file, Digests: a.Digests, Size: a.Size},
		fetch.Options{Progress: e.progress(a.File), Note: e.note})
	var offline *fetch.OfflineError
	if errors.As(err, &offline) {
		err = fmt.Errorf("%w\nWithout a connection: download that URL on another machine, put the file at\n  %s\nand run the same command, which verifies it. Behind a proxy: set HTTPS_PROXY. At another place: --mirror",
			err, file)
	}
	return file, err
}

// unpack makes the folder of the set beside its place, opens it, and renames it.
func (r *DataSetResult) unpack(ctx context.Context, files []string, temp, final string, e Events) error {
	if err := os.RemoveAll(temp); err != nil { // of a killed run
		return err
	}
	if err := os.Mkdir(temp, 0o755); err != nil {
		return err
	}
	for i, a := range r.Archives {
		inner := append([]string(nil), a.Inner...)
		if err := r.place(ctx, a, files[i], filepath.Join(temp, a.Into), e); err != nil {
			return err
		}
		for _, name := range inner {
			file := filepath.Join(temp, filepath.FromSlash(name))
			if err := r.into(ctx, file, filepath.Join(temp, filepath.FromSlash(path.Dir(name))), e); err != nil {
				return err
			}
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	if err := r.open(ctx, temp); err != nil {
		return fmt.Errorf("what was unpacked is not the data set expected: %w", err)
	}
	if err := atomicfile.MkdirAll(filepath.Dir(final)); err != nil {
		return err
	}
	if err := atomicfile.PlaceFolder(filepath.Join(temp, filepath.FromSlash(r.Folder)), final); err != nil {
		return err
	}
	return os.RemoveAll(temp)
}

// place unpacks an archive in a folder, or puts a file there that is none.
func (r *DataSetResult) place(ctx context.Context, a catalogue.Archive, file, dir string, e Events) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if !a.Plain {
		return r.into(ctx, file, dir, e)
	}
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(dir, a.File), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(to, from)
	r.Bytes += n
	return errors.Join(err, to.Close())
}

func (r *DataSetResult) into(ctx context.Context, file, dir string, e Events) error {
	var progress func(unpack.Result)
	if e.Progress != nil {
		progress = func(u unpack.Result) { e.Progress("unpacking "+filepath.Base(file), u.Bytes, 0) }
	}
	u, err := unpack.Into(ctx, file, dir, unpack.Limits{}, progress)
	r.Bytes += u.Bytes
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: the disk is full; the archives are kept: make room and run the same command again", err)
	}
	return err
}

// open counts what the set holds below the folder out.
func (r *DataSetResult) open(ctx context.Context, out string) error {
	s, err := datasets.Open(ctx, r.Kind+":"+filepath.Join(out, r.Open), datasets.Options{})
	if err != nil {
		return err
	}
	r.Images, r.Classes, r.Notes = len(s.Items), len(s.Classes), s.Notes
	return nil
}
