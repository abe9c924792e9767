package pages

import (
	"regexp"
	"slices"
	"strings"

	"fc7/outputs/report"
)

// quoted is an absolute path in a quoted word of a command, with what stands before it: KIND: or --flag=; bare is one
// without quotes, which ends where no path does. Neither is part of an address, which has two slashes.
var (
	quoted = regexp.MustCompile(`'((?:--?[\w-]+=)?(?:[\w-]+:)?)((?:[A-Za-z]:)?[\\/][^'\\/][^']*)'`)
	bare   = regexp.MustCompile(`(^|[\s"'=:(,;])((?:[A-Za-z]:)?[\\/][^\s"',:;()\\/][^\s"',:;()]*)`)
)

// hidden stands for the folders of a path.
const hidden = "…/"

// base is a path without the folders that it is in; what is in no folder stays.
func base(path string) string {
	short := strings.TrimRight(path, `\/`)
	if i := strings.LastIndexAny(short, `\/`); i > 0 {
		return hidden + short[i+1:]
	}
	return path
}

// withoutFolders is a text that names no folder of the machine that it was written on: of absolute paths their last
// part is left. known are paths that may have blanks in them.
func withoutFolders(text string, known ...string) string {
	for _, path := range known {
		if isAbsolute(path) {
			text = strings.ReplaceAll(text, path, base(path))
		}
	}
	text = quoted.ReplaceAllStringFunc(text, func(word string) string {
		m := quoted.FindStringSubmatch(word)
		return "'" + m[1] + base(m[2]) + "'"
	})
	return bare.ReplaceAllStringFunc(text, func(word string) string {
		m := bare.FindStringSubmatch(word)
		return m[1] + base(m[2])
	})
}

// isAbsolute tells whether a path is one from the root, of any system: pages are looked at on others.
func isAbsolute(path string) bool {
	if len(path) > 2 && path[1] == ':' {
		path = path[2:]
	}
	return len(path) > 1 && (path[0] == '/' || path[0] == '\\')
}

// hideFolders takes the folders of the machine out of all texts of a page but the names of images and classes. known
// are paths beside those that stand in its settings as a whole.
func hideFolders(r *report.Report, known ...string) {
	for _, set := range r.Settings {
		for _, item := range set.Items {
			if slices.Contains(wholePaths, item.Name) {
				known = append(known, knownPath(item.Value))
			}
		}
	}
	short := func(texts ...*string) {
		for _, t := range texts {
			*t = withoutFolders(*t, known...)
		}
	}
	short(&r.Title, &r.Subtitle)
	r.Title = strings.ReplaceAll(r.Title, hidden, "")
	for i := range r.Notes {
		short(&r.Notes[i])
	}
	for i := range r.Made {
		short(&r.Made[i].Value)
	}
	for i := range r.Commands {
		c := &r.Commands[i]
		was := c.Text
		if short(&c.Text, &c.Note); c.Text != was {
			c.Note += "; " + hidden + " stands for folders, which fc7 report --paths names"
		}
	}
	for i := range r.Failures {
		short(&r.Failures[i].Reason)
	}
	for i := range r.Settings {
		for k := range r.Settings[i].Items {
			short(&r.Settings[i].Items[k].Value)
		}
	}
	for _, g := range r.Galleries {
		for _, group := range g.Groups {
			for _, s := range group.Strips {
				for i := range s.Images {
					short(&s.Images[i].Missing)
				}
			}
		}
	}
}

// The settings whose values are paths, or data sets.
const (
	settingData    = "data set"
	settingWeights = "weights"
	settingStart   = "weights to start from"
)

var wholePaths = []string{settingData, settingWeights, settingStart}

// knownPath is the path in the name of a data set (KIND:PATH) or file.
func knownPath(name string) string {
	if _, path, ok := strings.Cut(name, ":"); ok && isAbsolute(path) {
		return path
	}
	return name
}
