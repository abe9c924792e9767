// Package litter knows the files and folders that operating systems, network file systems and their tools leave beside
// others. They are nobody's data: whoever lists a folder passes them over.
package litter

import "strings"

// names are in lower case, and compared so.
var names = map[string]bool{
	".ds_store":                 true,
	".appledouble":              true,
	".spotlight-v100":           true,
	".trashes":                  true,
	".fseventsd":                true,
	".temporaryitems":           true,
	".directory":                true,
	"thumbs.db":                 true,
	"ehthumbs.db":               true,
	"desktop.ini":               true,
	"icon\r":                    true,
	"__macosx":                  true,
	"$recycle.bin":              true,
	"system volume information": true,
	"lost+found":                true,
	"@eadir":                    true,
}

// Is tells whether a name is that of such a file or folder: .DS_Store, ._photo.jpg, .nfs000012 and Thumbs.db are.
func Is(name string) bool {
	return names[strings.ToLower(name)] || strings.HasPrefix(name, "._") || strings.HasPrefix(name, ".nfs")
}
