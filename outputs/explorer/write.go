package explorer

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
)

//go:embed assets
var assets embed.FS

// scripts are the files of the script, in their order.
var scripts = []string{"data.js", "sheets.js", "colours.js", "map.js", "selection.js", "panel.js", "image.js", "leaks.js", "main.js"}

func asset(name string) string {
	b, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // it is in the program
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

func script() string {
	var b strings.Builder
	b.WriteString("\n")
	for _, name := range scripts {
		b.WriteString(asset(name))
	}
	return b.String()
}

// allowed is a source of a policy: a text by its digest.
func allowed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// policy forbids every request: script and style are those that stand in the page, and images are made of its own
// parts. beside is what a page of several files takes too.
func policy(style, script, beside string) string {
	return "default-src 'none'; script-src " + allowed(script) + beside + "; style-src " + allowed(style) + "; img-src blob: data:" + beside +
		"; base-uri 'none'; form-action 'none'"
}

// head is the page up to its parts.
func (p *Page) head(script, beside string) string {
	style := asset("style.css")
	return strings.NewReplacer(
		"%POLICY%", html.EscapeString(policy(style, script, beside)), "%STYLE%", style,
		"%TITLE%", html.EscapeString(p.Title), "%SUBTITLE%", html.EscapeString(p.Subtitle),
	).Replace(asset("page.html"))
}

// Begin is how many bytes of a file tell whether it is a page: those before its style.
const Begin = 1024

// What all pages have had: how they begin, and what they may do.
const (
	doctype = "<!doctype html>\n<html lang=\"en\">\n<head>\n"
	onlyOwn = "default-src 'none'; script-src 'sha256-"
	images  = "; img-src blob: data:"
)

// Wrote tells whether a file that begins so is a page of this package, also of an earlier version.
func Wrote(begin []byte) bool {
	text := string(begin)
	return strings.HasPrefix(text, doctype) && strings.Contains(text, html.EscapeString(onlyOwn)) && strings.Contains(text, html.EscapeString(images))
}

const end = "</body>\n</html>\n"

// Made is a page whose parts are made, to be written as one file or as a folder.
type Made struct {
	page   *Page
	parts  []part
	sheets []part
}

// Make makes the parts of a page, which must not change until it is written.
func Make(p *Page) (*Made, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	m := &Made{page: p}
	var err error
	if m.parts, err = p.parts(); err != nil {
		return nil, err
	}
	for k, jpeg := range p.Sheets.JPEG {
		m.sheets = append(m.sheets, raw(fmt.Sprint("sheet-", k), jpeg))
	}
	return m, nil
}

// Write writes the page as one file. Its size is Size.
func (m *Made) Write(to io.Writer) error {
	w := bufio.NewWriterSize(to, 1<<20)
	s := script()
	fmt.Fprint(w, m.page.head(s, ""))
	for _, one := range slices.Concat(m.parts, m.sheets) {
		fmt.Fprintf(w, "<script type=\"text/plain\" id=\"part-%s\">", one.name)
		if err := one.write(w); err != nil {
			return err
		}
		fmt.Fprint(w, "</script>\n")
	}
	fmt.Fprintf(w, "<script>%s</script>\n%s", s, end)
	return w.Flush()
}

// Size is how many bytes a page of one file takes, but for a few hundred.
func (m *Made) Size() int {
	n := len(m.page.head("", "")) + len(script())
	for _, one := range slices.Concat(m.parts, m.sheets) {
		n += one.size()
	}
	return n
}
