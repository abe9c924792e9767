package report

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"fc7/internal/browser"
)

// probe frames the page at some width with all parts unfolded, and writes down what the browser made of it: also which
// texts lie over others (each line of each by itself, a pixel being none), which leave the figure they are in, and
// which elements are elsewhere once all images are shown.
const probe = `<!doctype html><link rel="icon" href="data:,"><body><iframe id="f" src="/report.html" width="%d" height="640"></iframe><pre id="out"></pre><script>
document.getElementById("f").onload = e => {
  const d = e.target.contentDocument, w = e.target.contentWindow, box = x => x.getBoundingClientRect();
  for (const x of d.querySelectorAll("details")) x.open = true;
  const texts = [], lines = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT), over = [], out = [];
  for (let n; n = lines.nextNode();) {
    if (!n.data.trim() || n.parentElement.closest("title, style, .skip, .hidden")) continue;
    const r = d.createRange();
    r.selectNodeContents(n);
    for (const b of n.parentElement.closest("svg") ? [box(n.parentElement)] : r.getClientRects()) if (b.width && b.height) texts.push([b, n]);
  }
  texts.sort((a, b) => a[0].top - b[0].top);
  texts.forEach(([a, n], i) => {
    for (let k = i + 1; k < texts.length && texts[k][0].top < a.bottom - 2; k++) {
      const [b, m] = texts[k], clip = x => x.parentElement.closest(".name, .scroll");
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 && !clip(n) && !clip(m) && n.parentElement != m.parentElement) {
        const inFigures = [n, m].filter(x => x.parentElement.closest("svg")).length;
        if (inFigures || Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.35 * Math.min(a.height, b.height)) over.push(n.data + " | " + m.data);
      }
    }
    const svg = n.parentElement.closest("svg");
    if (svg && (a.left < box(svg).left - 2 || a.right > box(svg).right + 2 || a.bottom > box(svg).bottom + 2)) out.push(n.data);
  });
  const places = () => [...d.querySelectorAll("main *")].map(x => [box(x).left, box(x).top].join());
  const before = places();
  for (const x of d.images) x.src = x.src;
  const moved = places().filter((x, i) => x != before[i]).length;
  const wide = [];
  for (const x of d.querySelectorAll("main *")) if (box(x).right > d.documentElement.clientWidth + 1 && !x.closest(".scroll, svg, .hidden")) wide.push(x.tagName + " " + x.className + " " + Math.round(box(x).right));
  const paper = w.getComputedStyle(d.body).backgroundColor;
  document.getElementById("out").textContent = JSON.stringify({
    Width: d.documentElement.clientWidth, Scroll: d.documentElement.scrollWidth, Wide: wide.slice(0, 5),
    Plots: [...d.querySelectorAll("svg.plot")].filter(x => box(x).width > 80 && box(x).height > 50 && x.querySelector("path")).length,
    Drawn: [...d.querySelectorAll("svg.plot .l")].filter(x => w.getComputedStyle(x).stroke != "none" && w.getComputedStyle(x).stroke != paper).length,
    Images: [...d.images].filter(x => x.naturalWidth == 40 && box(x).width > 20).length,
    Resources: w.performance.getEntriesByType("resource").map(x => x.name).filter(x => !x.startsWith("data:")),
    Over: over.slice(0, 5), Out: out.slice(0, 5), Moved: moved, Texts: texts.length,
    Cells: [...d.querySelectorAll(".cells rect title")].filter(x => x.textContent.includes(": ")).length,
    Style: w.getComputedStyle(d.querySelector("h2")).borderTopStyle, Title: d.title,
    Text: w.getComputedStyle(d.querySelector("svg.plot text")).fill,
  });
};
</script>`

// probed is what the probe writes down.
type probed struct {
	Width, Scroll, Plots, Drawn, Images int
	Moved, Texts, Cells                 int
	Wide, Resources, Over, Out          []string
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
	cmd := exec.CommandContext(ctx, browser.Path(t), append(args, server.URL+"/")...)
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
	browser.Path(t)
	for _, c := range []struct{ classes, width int }{{20, 360}, {102, 360}, {20, 800}, {102, 1200}} {
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
		if len(p.Over)+len(p.Out) > 0 || p.Texts < 100 {
			t.Errorf("%+v: of %d texts these lie over others: %q; these leave their figure: %q", c, p.Texts, p.Over, p.Out)
		}
		if want := len(heatMap{counts: r.Confusion.Counts}.entries()); p.Moved > 0 || p.Cells != want {
			t.Errorf("%+v: %d elements move when images are shown; %d cells tell what they are, want %d", c, p.Moved, p.Cells, want)
		}
		if p.Images != 3 || len(asked)+len(p.Resources) > 0 {
			t.Errorf("%+v: %d images shown, want 3; asked for %v %v", c, p.Images, asked, p.Resources)
		}
	}
}

// TestBrowserFollowsColourScheme: text in figures has another colour in the dark.
func TestBrowserFollowsColourScheme(t *testing.T) {
	browser.Path(t)
	page := written(t, full(t, 3))
	light, _ := open(t, page, 400, "--blink-settings=preferredColorScheme=1")
	dark, _ := open(t, page, 400, "--blink-settings=preferredColorScheme=0")
	if light.Text == dark.Text || light.Text == "" {
		t.Errorf("text in figures is %q in light and %q in dark", light.Text, dark.Text)
	}
}
