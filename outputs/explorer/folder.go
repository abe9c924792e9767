package explorer

import (
	"bufio"
	"fmt"
	"io"
	"slices"
)

// The files of a page that is a folder.
const (
	Index    = "index.html"
	dataDir  = "data"
	sheetDir = "sheets"
)

// Entries are the names of what the folder of a page holds.
func Entries() []string { return []string{Index, dataDir, sheetDir} }

// WriteFolder writes the page as a folder: its index.html, scripts that hold its parts, and sheets, since a page that
// is opened from a disk may load scripts and images but read no other file. create makes a file of the folder by its
// name with slashes, whose folder it makes too, of what fill writes.
func (m *Made) WriteFolder(create func(name string, fill func(io.Writer) error) error) error {
	files := []string{}
	for k, jpeg := range m.page.Sheets.JPEG {
		name := fmt.Sprintf("%s/%d.jpg", sheetDir, k)
		files = append(files, name)
		if err := create(name, func(w io.Writer) error { _, err := w.Write(jpeg); return err }); err != nil {
			return err
		}
	}
	beside, err := text("sheet-files", files)
	if err != nil {
		return err
	}
	parts := append(slices.Clone(m.parts), beside)
	for _, one := range parts {
		if err := create(dataDir+"/"+one.name+".js", one.script); err != nil {
			return err
		}
	}
	return create(Index, func(w io.Writer) error {
		s := script()
		fmt.Fprint(w, m.page.head(s, " 'self'"))
		for _, one := range parts {
			fmt.Fprintf(w, "<script src=\"%s/%s.js\"></script>\n", dataDir, one.name)
		}
		_, err := fmt.Fprintf(w, "<script>%s</script>\n%s", s, end)
		return err
	})
}

// script writes the part as a script that puts it where the page's script looks for it: JSON as what it says.
func (p *part) script(to io.Writer) error {
	w := bufio.NewWriterSize(to, 1<<20)
	quote := "\""
	if p.text != nil {
		quote = ""
	}
	fmt.Fprintf(w, "(globalThis.fc7 ||= {})[%q] = %s", p.name, quote)
	if err := p.write(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s;\n", quote)
	return w.Flush()
}
