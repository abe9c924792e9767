package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ILSVRCNumbers reads the number that the development kit gives each class, its ILSVRC2012_ID, by WordNet id. What is
// named is the kit's folder or its .tar.gz, its folder data, a folder that it lies in, meta.mat or map_clsloc.txt.
func ILSVRCNumbers(kit string) (map[string]int, error) {
	info, err := os.Stat(kit)
	if err != nil {
		return nil, fmt.Errorf("the development kit: %w", err)
	}
	wnids, err := kitNumbers(kit, info.IsDir())
	if err != nil {
		return nil, err
	}
	numbers := make(map[string]int)
	for n, wnid := range wnids {
		numbers[wnid] = n
	}
	return numbers, nil
}

// errNoNumbers says that a folder has nothing that tells numbers.
var errNoNumbers = errors.New("no development kit here: want a folder with data/" + metaName + " or data/" + mappingName + ", or " + kitArchive)

func kitNumbers(kit string, folder bool) (map[int]string, error) {
	if !folder {
		return fileNumbers(kit)
	}
	for _, name := range kitFolders {
		wnids, err := folderNumbers(filepath.Join(kit, filepath.FromSlash(name)))
		if wnids != nil || err != nil {
			return wnids, err
		}
	}
	wnids, err := fileNumbers(filepath.Join(kit, kitArchive))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", kit, errNoNumbers)
	}
	return wnids, err
}

// folderNumbers reads the numbers in a data folder; nil: it has none.
func folderNumbers(dir string) (map[int]string, error) {
	files, closed, err := openKit(dir)
	if err != nil {
		return nil, err
	}
	defer closed()
	if files.meta == nil && files.mapping == nil {
		return nil, nil
	}
	return files.mappings(dir)
}

// fileNumbers reads the kit's archive, or one of the two files that tell numbers.
func fileNumbers(name string) (map[int]string, error) {
	if strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".tgz") {
		files, err := unpackKit(name)
		if err != nil {
			return nil, err
		}
		return files.mappings(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var files kitFiles
	if to := map[string]*io.Reader{".mat": &files.meta, ".txt": &files.mapping}[filepath.Ext(name)]; to != nil {
		*to = f
		return files.mappings(filepath.Dir(name))
	}
	return nil, fmt.Errorf("%s: want the development kit's folder, its .tar.gz, %s or %s", name, metaName, mappingName)
}
