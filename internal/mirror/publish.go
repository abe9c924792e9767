package mirror

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
)

// Publish puts a file that was made in a mirror to its place on the store, where it replaces what is there. One that is
// in no mirror stays where it is.
func Publish(file string) error {
	f, name := of(file)
	if f == nil {
		return nil
	}
	o, err := f.put(f.ctx, file, name, true)
	if err != nil {
		return told(name, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.how[name] == 0 {
		f.how[name] = f.o.Want([]store.Entry{{Name: name, Object: o}})[name]
	}
	if f.how[name] == 0 || f.how[name] == Parts {
		return nil
	}
	return f.isOf(name, o)
}

// Remove removes a file, and from its place on the store one of a mirror.
func Remove(file string) error {
	if f, name := of(file); f != nil {
		if err := store.Remove(f.ctx, f.At+"/"+name); err != nil {
			return fmt.Errorf("removing %s from the store: %w", name, err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.how, name)
		delete(f.objects, name)
		delete(f.fetched, name)
	}
	return os.Remove(file)
}

// Writable tells whether a file, or a folder, that is to be made in a mirror can be put to its place on the store, by
// putting an empty one beside it, which goes again; of one in no mirror nothing is asked.
func Writable(file string) error {
	f, name := of(file)
	if f == nil {
		return nil
	}
	try := f.At + "/" + path.Join(path.Dir(name), ".try")
	if _, err := store.Put(f.ctx, try, &store.Content{From: strings.NewReader(""), SHA256: sha256.Sum256(nil)}, true); err != nil {
		return fmt.Errorf("what is made of %s is put into it: %w", f.At, err)
	}
	_ = store.Remove(f.ctx, try) // who may put objects need not be allowed to remove them
	return nil
}

// told says what an error is of.
func told(name string, err error) error {
	if err != nil {
		return fmt.Errorf("putting %s on the store: %w", name, err)
	}
	return nil
}

// Strangers names what a folder of a mirror has on the store besides what is ours: files, or all of folders.
func Strangers(dir string, ours ...string) (names []string) {
	f, name := of(dir)
	if f == nil {
		return nil
	}
	for _, one := range f.listed {
		if rest, ok := strings.CutPrefix(one, name+"/"); ok && strange(rest, ours) {
			names = append(names, rest)
		}
	}
	return names
}

func strange(name string, ours []string) bool {
	first, _, _ := strings.Cut(name, "/")
	return !slices.Contains(ours, first)
}

// PublishFolder puts the files of a folder that was made in a mirror to their place on the store, and removes there
// what it does not hold and is ours. last is the file that says that it is complete: it is put last, and where one is
// there it is removed first. Unless replace, one that is there is an error that wraps fs.ErrExist; so are files that
// are not ours. A folder in no mirror stays where it is.
func PublishFolder(ctx context.Context, dir, last string, replace bool, ours ...string) error {
	f, name := of(dir)
	if f == nil {
		return nil
	}
	return told(name, f.publish(ctx, dir, name, last, replace, ours))
}

func (f *Folder) publish(ctx context.Context, made, name, last string, replace bool, ours []string) error {
	found, err := store.List(ctx, f.At+"/"+name)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(found, func(e store.Entry) bool { return strange(e.Name, ours) }); i >= 0 {
		return fmt.Errorf("%s/%s has a file of others, %s: %w", f.At, name, escape.Name(found[i].Name), fs.ErrExist)
	}
	files, err := filesOf(made)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(e store.Entry) bool { return e.Name == last }) {
		if !replace {
			return fmt.Errorf("%s/%s: %w", f.At, name, fs.ErrExist)
		}
		if err := store.Remove(ctx, f.At+"/"+name+"/"+last); err != nil {
			return err
		}
	}
	for _, file := range files {
		if file != last {
			if _, err := f.put(ctx, filepath.Join(made, filepath.FromSlash(file)), path.Join(name, file), true); err != nil {
				return err
			}
		}
	}
	for _, e := range found {
		if !slices.Contains(files, e.Name) {
			if err := store.Remove(ctx, f.At+"/"+name+"/"+e.Name); err != nil {
				return err
			}
		}
	}
	_, err = f.put(ctx, filepath.Join(made, last), path.Join(name, last), false)
	return err
}

// RemoveFolder removes from their place on the store all files of a folder of a mirror, first the one that says that it
// is complete. The folder of this machine stays; of one in no mirror nothing is done.
func RemoveFolder(ctx context.Context, dir, last string) error {
	f, name := of(dir)
	if f == nil {
		return nil
	}
	found, err := store.List(ctx, f.At+"/"+name)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b store.Entry) int {
		switch {
		case a.Name == last && b.Name != last:
			return -1
		case b.Name == last && a.Name != last:
			return 1
		}
		return 0
	})
	for _, e := range found {
		if err := store.Remove(ctx, f.At+"/"+name+"/"+e.Name); err != nil {
			return fmt.Errorf("removing %s/%s from the store: %w", name, e.Name, err)
		}
	}
	return nil
}

// filesOf are the files of a folder, by their names below it.
func filesOf(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator))))
		}
		return err
	})
	return names, err
}

// put puts a file of the disk to its place on the store.
func (f *Folder) put(ctx context.Context, file, name string, replace bool) (o store.Object, err error) {
	r, err := os.Open(file)
	if err != nil {
		return o, err
	}
	defer r.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	if err != nil {
		return o, err
	}
	return store.Put(ctx, f.At+"/"+name, &store.Content{From: r, Size: n, SHA256: [sha256.Size]byte(sum.Sum(nil))}, replace)
}
