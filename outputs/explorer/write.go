package explorer

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strings"
)

//go:embed assets
var assets embed.FS

// scripts are the files of the script, in their order.
var scripts = []string{"data.js", "sheets.js", "colours.js", "map.js", "selection.js", "panel.js", "main.js"}

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

const end = "</body>\n</html>\n"

// Write writes the page as one file. Its size is Size.
func Write(to io.Writer, p *Page) error {
	if err := p.check(); err != nil {
		return err
	}
	parts, err := p.parts(nil)
	if err != nil {
		return err
	}
	for k, jpeg := range p.Sheets.JPEG {
		parts = append(parts, raw(fmt.Sprint("sheet-", k), jpeg))
	}
	w := bufio.NewWriterSize(to, 1<<20)
	s := script()
	fmt.Fprint(w, p.head(s, ""))
	for _, one := range parts {
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
func Size(p *Page) (int, error) {
	parts, err := p.parts(nil)
	if err != nil {
		return 0, err
	}
	n := len(p.head("", "")) + len(script())
	for _, one := range parts {
		n += one.size()
	}
	for _, jpeg := range p.Sheets.JPEG {
		n += base64.StdEncoding.EncodedLen(len(jpeg))
	}
	return n, nil
}
