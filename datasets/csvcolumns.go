package datasets

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"fc7/internal/escape"
	"fc7/internal/store"
	"fc7/internal/usage"
)

// pathNames are names of columns of images, in lower case, in tables that call none "path"; file_name is Hugging
// Face's.
var pathNames = []string{"file_name", "filename", "file_path", "filepath", "image_path", "img_path", "image_name", "file", "image", "img"}

// choose finds the columns of paths, labels and splits: those that the options name, or that can be told by their
// names. They go by path, labels and split from then on.
func (c *csvRows) choose() error {
	if err := c.chooseImage(); err != nil {
		return err
	}
	if err := c.chooseLabels(); err != nil {
		return err
	}
	switch c.o.SplitColumn {
	case "":
		return nil
	case NoColumn:
		c.hide("split")
		return nil
	}
	return c.call(c.o.SplitColumn, "split")
}

func (c *csvRows) chooseImage() error {
	name := c.o.ImageColumn
	if strings.Contains(name, "{") {
		return c.choosePattern(name)
	}
	if name == "" && c.has("path") {
		return nil
	}
	if name == "" {
		found, err := c.usual("the images", "--image-column", pathNames, false)
		if err != nil {
			return err
		}
		if found == "" {
			return fmt.Errorf("want a header with a column path (or file_name), separated by commas or tabs, found %s; --image-column says which it is", some("column", c.written))
		}
		name = found
		c.set.Notes = append(c.set.Notes, "the images are those of the column "+escape.Name(name))
	}
	return c.call(name, "path")
}

func (c *csvRows) chooseLabels() error {
	name := c.o.LabelColumn
	switch {
	case name == NoColumn:
		c.hide("labels")
		return nil
	case name == "" && c.has("labels"):
		return nil
	case name == "":
		found, err := c.usual("the labels", "--label-column", classNames(), true)
		if found == "" || err != nil {
			return err
		}
		name = found
		c.noteLabels(name)
	}
	c.single = !strings.EqualFold(name, "labels")
	return c.call(name, "labels")
}

// classNames are names of columns of one class a row, in lower case, in tables that call none "labels".
func classNames() []string { return append([]string{"label"}, labelNames[1:]...) }

func (c *csvRows) noteLabels(column string) {
	note := "the labels are those of the column " + escape.Name(column)
	if c.o.EmptyLabels != emptyNone {
		note += "; an empty cell of it is not known"
	}
	c.set.Notes = append(c.set.Notes, note)
}

// among lists the columns with one of some names, as they are written.
func (c *csvRows) among(names []string) (found []string) {
	for i, n := range c.names {
		if slices.Contains(names, n) {
			found = append(found, c.written[i])
		}
	}
	return found
}

// usual is the only column with one of some names; "": there is none. Several are an error.
func (c *csvRows) usual(what, flag string, names []string, orNone bool) (string, error) {
	found := c.among(names)
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	return "", severalColumns(what, flag, found, orNone)
}

// call lets the column that is written as name go by another name; one that went by that name is not read.
func (c *csvRows) call(name, as string) error {
	at := slices.Index(c.written, name)
	if at < 0 {
		at = slices.IndexFunc(c.written, func(w string) bool { return strings.EqualFold(w, name) })
	}
	if at < 0 {
		return usage.Unknown("column", name, c.written...)
	}
	if c.names[at] != as {
		c.hide(as)
		c.names[at] = as
	}
	return nil
}

// hide lets a column not be read.
func (c *csvRows) hide(name string) {
	for i, n := range c.names {
		if n == name {
			c.names[i] = "not read: " + n
		}
	}
}

// field is {name} in a pattern of paths.
var field = regexp.MustCompile(`\{([^{}]*)\}`)

// choosePattern takes a pattern of paths, such as train/{id}.jpg.
func (c *csvRows) choosePattern(pattern string) error {
	for _, m := range field.FindAllStringSubmatch(pattern, -1) {
		if !slices.Contains(c.written, m[1]) {
			return usage.Unknown("column", m[1], c.written...)
		}
	}
	if !field.MatchString(pattern) {
		return usage.Unfit("column of images", pattern, "a name, or a pattern with columns, such as train/{id}.jpg")
	}
	c.hide("path")
	c.pattern = pattern
	return nil
}

// path is where a row's image is. A name without the extension of an image, as tables of keys have it, is that of the
// file with one beside the table, if there is one.
func (c *csvRows) path(fields []string) (string, error) {
	if c.pattern != "" {
		return field.ReplaceAllStringFunc(c.pattern, func(name string) string {
			return fields[slices.Index(c.written, name[1:len(name)-1])]
		}), nil
	}
	path := c.cell(fields, "path")
	remote := store.Is(path) || store.Is(c.set.Root+"/x")
	if c.o.ImageColumn == "" || isImageName(path) || path == "" || remote || strings.ContainsRune(path, 0) {
		return path, nil
	}
	at := path
	if !filepath.IsAbs(at) {
		at = filepath.Join(c.set.Root, path)
	}
	end, err := c.beside.find(at)
	return path + end, err
}
