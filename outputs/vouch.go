package outputs

import (
	"fmt"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// vouchFor makes sure that the footers of a table's shards, with its identity, are what was written. Pages have
// checksums of their own; a footer is believed if the run's manifest has its digest. The digest that a shard states is
// of its whole file: one that no manifest vouches for, such as a table of one file, is read for it.
func vouchFor(shards []*Shard) error {
	var listed map[string]File
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range shards {
		if s.Own == "" && s.Identity.Format == oldestFormat {
			continue // they state no digest
		}
		if listed == nil {
			listed = listedFiles(filepath.Dir(s.Path))
		}
		if f, ok := listed[filepath.Base(s.Path)]; ok && f.Footer == s.footer.sum && f.Bytes == s.size {
			continue
		}
		work.Go(func() error {
			d, err := FileDigests(s.Path)
			if err == nil {
				err = d.Check()
			}
			if err == nil && d.Own == "" {
				err = fmt.Errorf("its footer has no digest of the file: %w, or another program changed it", errDamaged)
			}
			if err != nil {
				return fmt.Errorf("%s: %w; see fc7 verify", s.Path, err)
			}
			return nil
		})
	}
	return work.Wait()
}

// listedFiles are the shards of a folder by the manifest of its run, by name; none where there is no manifest, or one
// that is of no use.
func listedFiles(features string) map[string]File {
	files := map[string]File{}
	if folderPattern.MatchString(filepath.Base(features)) {
		features = filepath.Dir(features)
	}
	if filepath.Base(features) != FeaturesDir {
		return files
	}
	m, err := ReadManifest(filepath.Dir(features))
	if err != nil {
		return files
	}
	for _, f := range m.Files {
		files[f.Name] = f
	}
	return files
}
