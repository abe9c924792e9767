package datasets

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"fc7/internal/escape"
)

// pairs finds the annotation of each image. It is the XML file of the image's name: the one beside the image, or else
// the one whose folders are most like the image's (images/train/1.jpg and annotations/train/1.xml), of those that have
// no image beside them, and whose folder is like no other images' folder more than like this one (train/annotations has
// those of train/images, and none of valid/images). Of images whose names differ in the extension alone it is of the
// one that it names as its <filename>.
type pairs struct {
	all    []string            // XML files, in order
	beside map[string]string   // by their names with folders and without extension
	stems  map[string][]string // by their names without either
	unused []string            // those of no image, in order

	own  map[string]bool // the images' names without extensions
	dirs map[string]bool // and their folders
	most map[string]int  // how alike a folder of XML files is to the most alike of dirs, as far as asked for
}

// annotation takes a file that is no image; false: it is no XML.
func (p *pairs) annotation(name string) bool {
	if !isXML(name) {
		return false
	}
	if p.all == nil {
		p.beside, p.stems = make(map[string]string), make(map[string][]string)
	}
	p.all = append(p.all, name)
	p.beside[bare(name)] = name
	stem := path.Base(bare(name))
	p.stems[stem] = append(p.stems[stem], name)
	return true
}

// match gives each image the name of its annotation below root, "" where it has none.
func (p *pairs) match(root string, images []Item) ([]string, error) {
	names := make([]string, len(images)) // below the root
	p.own, p.dirs, p.most = make(map[string]bool), make(map[string]bool), make(map[string]int)
	for i, it := range images {
		rel, err := filepath.Rel(root, it.At.Path)
		if err != nil {
			return nil, err
		}
		names[i] = filepath.ToSlash(rel)
		p.own[bare(names[i])], p.dirs[path.Dir(names[i])] = true, true
	}
	of, takers := make([]string, len(images)), make(map[string][]int)
	for i, n := range names {
		name, err := p.of(n)
		if err != nil {
			return nil, err
		}
		if of[i] = name; name != "" {
			takers[name] = append(takers[name], i)
		}
	}
	for _, name := range p.all {
		switch who := takers[name]; {
		case len(who) == 0:
			p.unused = append(p.unused, name)
		case len(who) > 1:
			if err := decide(root, name, names, of, who); err != nil {
				return nil, err
			}
		}
	}
	return of, nil
}

// bare is a name without its extension.
func bare(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// of finds the annotation of one image.
func (p *pairs) of(image string) (string, error) {
	if name := p.beside[bare(image)]; name != "" {
		return name, nil
	}
	best, second, most := "", "", -1
	for _, name := range p.stems[path.Base(bare(image))] {
		like := alike(path.Dir(image), path.Dir(name))
		switch {
		case p.own[bare(name)]: // of the image beside it
		case like < p.closest(path.Dir(name)):
		case like > most:
			best, second, most = name, "", like
		case like == most:
			second = name
		}
	}
	if second != "" {
		return "", fmt.Errorf("the annotation of %s may be %s or %s: want one, in a folder of the same place as the image's (images/a and annotations/a), or beside it",
			escape.Name(image), escape.Name(best), escape.Name(second))
	}
	return best, nil
}

// closest tells how alike a folder of XML files is to the images' folder that is most alike.
func (p *pairs) closest(dir string) int {
	most, ok := p.most[dir]
	if !ok {
		for d := range p.dirs {
			most = max(most, alike(d, dir))
		}
		p.most[dir] = most
	}
	return most
}

// alike counts the folders that two paths have in common from their beginnings and from their ends.
func alike(a, b string) (n int) {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y, n = x[1:], y[1:], n+1
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y, n = x[:len(x)-1], y[:len(y)-1], n+1
	}
	return n
}

// decide leaves an annotation to the one of several images that it names.
func decide(root, name string, names, of []string, who []int) error {
	a, err := ReadAnnotation(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	named := slices.DeleteFunc(slices.Clone(who), func(i int) bool {
		return path.Base(names[i]) != path.Base(strings.ReplaceAll(a.Filename, `\`, "/"))
	})
	if len(named) != 1 {
		return fmt.Errorf("%s fits %s and %s: want it to name one as its <filename>, found %q",
			escape.Name(name), escape.Name(names[who[0]]), escape.Name(names[who[1]]), escape.Short(a.Filename))
	}
	for _, i := range who {
		if i != named[0] {
			of[i] = ""
		}
	}
	return nil
}
