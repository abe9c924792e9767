package report

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// browser finds a Chromium: FC7_CHROMIUM, or one on the path.
func browser(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("FC7_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium on the path, and FC7_CHROMIUM does not name one: the page is not opened in a browser")
	return ""
}

// probe frames the page at a phone's width with all parts unfolded, and writes down what the browser made of it.
const probe = `<!doctype html><link rel="icon" href="data:,"><body><iframe id="f" src="/report.html" width="%d" height="640"></iframe><pre id="out"></pre><script>
document.getElementById("f").onload = e => {
  const d = e.target.contentDocument, w = e.target.contentWindow, box = x => x.getBoundingClientRect();
  for (const x of d.querySelectorAll("details")) x.open = true;
  const wide = [];
  for (const x of d.querySelectorAll("main *")) if (box(x).right > d.documentElement.clientWidth + 1 && !x.closest(".scroll, svg, .hidden")) wide.push(x.tagName + " " + x.className + " " + Math.round(box(x).right));
  const paper = w.getComputedStyle(d.body).backgroundColor;
  document.getElementById("out").textContent = JSON.stringify({
    Width: d.documentElement.clientWidth, Scroll: d.documentElement.scrollWidth, Wide: wide.slice(0, 5),
    Plots: [...d.querySelectorAll("svg.plot")].filter(x => box(x).width > 80 && box(x).height > 50 && x.querySelector("path")).length,
    Drawn: [...d.querySelectorAll("svg.plot .l")].filter(x => w.getComputedStyle(x).stroke != "none" && w.getComputedStyle(x).stroke != paper).length,
    Images: [...d.images].filter(x => x.naturalWidth == 40 && box(x).width > 20).length,
    Resources: w.performance.getEntriesByType("resource").map(x => x.name).filter(x => !x.startsWith("data:")),
    Style: w.getComputedStyle(d.querySelector("h2")).borderTopStyle, Title: d.title,
    Text: w.getComputedStyle(d.querySelector("svg.plot text")).fill,
  });
};
</script>`

// probed is what the probe writes down.
type probed struct {
	Width, Scroll, Plots, Drawn, Images int
	Wide, Resources                     []string
	Style, Title, Text                  string
}

// open shows a page in a headless Chromium and returns what the probe saw and what the page asked the server for.
func open(t *testing.T, page string, width int, flags ...string) (p probed, asked []string) {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/":
			fmt.Fprintf(w, probe, width)
		case "/report.html":
			fmt.Fprint(w, page)
		default:
			mu.Lock()
			asked = append(asked, r.URL.Path)
			mu.Unlock()
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{
		"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-extensions",
		"--user-data-dir=" + t.TempDir(), "--enable-logging=stderr", "--window-size=1400,900", "--virtual-time-budget=20000", "--dump-dom",
	}, flags...)
	cmd := exec.CommandContext(ctx, browser(t), append(args, server.URL+"/")...)
	cmd.WaitDelay = 5 * time.Second
	var console strings.Builder
	cmd.Stderr = &console
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, tail(console.String()))
	}
	for l := range strings.Lines(console.String()) {
		if strings.Contains(l, "CONSOLE") {
			t.Errorf("the console says: %s", l)
		}
	}
	m := regexp.MustCompile(`<pre id="out">(.+?)</pre>`).FindSubmatch(dom)
	if m == nil {
		t.Fatalf("the probe saw nothing: %s\n%s", tail(string(dom)), tail(console.String()))
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &p); err != nil {
		t.Fatal(err)
	}
	return p, asked
}

func tail(s string) string { return s[max(0, len(s)-2000):] }

// TestBrowser opens full pages in Chromium, on a phone and on a desk: every figure is drawn, every image shown, nothing
// is asked of any server, the console is silent, and nothing sticks out at the side.
func TestBrowser(t *testing.T) {
	browser(t)
	if testing.Short() {
		t.Skip("-short: no browser is started")
	}
	for _, c := range []struct{ classes, width int }{{20, 360}, {102, 360}, {20, 1200}} {
		r := full(t, c.classes)
		page := written(t, r)
		p, asked := open(t, page, c.width)
		if p.Title != r.Title || p.Style != "solid" {
			t.Errorf("%+v: title %q, style %q: the page or its style sheet is not there", c, p.Title, p.Style)
		}
		if p.Width > c.width || p.Width < c.width-20 || p.Scroll > p.Width || len(p.Wide) > 0 {
			t.Errorf("%+v: %d wide in a window of %d; sticking out: %v", c, p.Scroll, p.Width, p.Wide)
		}
		if want := strings.Count(page, `<svg class="plot"`); p.Plots != want || p.Drawn < want {
			t.Errorf("%+v: %d figures and %d lines are drawn, want %d", c, p.Plots, p.Drawn, want)
		}
		if p.Images != 3 || len(asked)+len(p.Resources) > 0 {
			t.Errorf("%+v: %d images shown, want 3; asked for %v %v", c, p.Images, asked, p.Resources)
		}
	}
}

// TestBrowserFollowsColourScheme: text in figures has another colour in the dark.
func TestBrowserFollowsColourScheme(t *testing.T) {
	browser(t)
	if testing.Short() {
		t.Skip("-short: no browser is started")
	}
	page := written(t, full(t, 3))
	light, _ := open(t, page, 400, "--blink-settings=preferredColorScheme=1")
	dark, _ := open(t, page, 400, "--blink-settings=preferredColorScheme=0")
	if light.Text == dark.Text || light.Text == "" {
		t.Errorf("text in figures is %q in light and %q in dark", light.Text, dark.Text)
	}
}
