package explorer

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var (
	shots = flag.String("shots", "", "folder for pictures of the page")
	given = flag.String("page", "", "page to measure")
	drawn = flag.Int("points", 0, "measure a drawn page of so many points, in a folder where it is too large for a file")
)

// TestMouse: the page opens, a point under the mouse is told, a click opens it, a drag moves the map, a wheel enlarges
// it, a lasso selects what is in it; nothing is asked for, and the console says nothing.
func TestMouse(t *testing.T) {
	c := start(t, 1200, 800)
	path, _ := written(t, made(400, 5, true))
	c.open(path)
	c.shot(*shots, "map")
	c.is("N", 400)
	c.is("V.inView", 400)
	c.is("document.querySelectorAll('script:not([type])').length", 1)
	x, y := c.eval("canvas.getBoundingClientRect().left + onX(17)").(float64), c.eval("canvas.getBoundingClientRect().top + onY(17)").(float64)
	c.mouse("mouseMoved", x, y, 0)
	c.until("!$('tip').hidden")
	c.mouse("mousePressed", x, y, 0)
	c.mouse("mouseReleased", x, y, 0)
	c.until("V.current >= 0 && $('panel-image').querySelector('h2')")
	c.is("Math.hypot(onX(V.current) - onX(17), onY(V.current) - onY(17)) < 3", true)
	c.is("$('panel-image').querySelectorAll('.entry').length", 3)
	c.shot(*shots, "neighbours")
	before := c.eval("onX(17)").(float64)
	c.mouse("mousePressed", x, y, 0)
	c.mouse("mouseMoved", x+50, y, 0)
	c.mouse("mouseReleased", x+50, y, 0)
	c.until("true")
	if got := c.eval("onX(17)").(float64); got-before < 49 || got-before > 51 {
		t.Errorf("a drag of 50 pixels moved the map by %v", got-before)
	}
	c.call("Input.dispatchMouseEvent", map[string]any{"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -300}, nil)
	c.until("V.scale > whole() * 1.2")
	c.eval("fit()")
	c.frames(2)
	c.lasso(40)
	c.until("pickedCount > 0")
	c.is("pickedList().every(i => Math.abs(onX(i) - onX(17)) <= 40 && Math.abs(onY(i) - onY(17)) <= 40) && pickedList().includes(17)", true)
	c.is("pickedCount === [...Array(N).keys()].filter(i => Math.abs(onX(i) - onX(17)) < 40 && Math.abs(onY(i) - onY(17)) < 40).length", true)
	c.silent(path)
}

// lasso draws a square around point 17 by the mouse.
func (c *chromium) lasso(half float64) {
	c.t.Helper()
	x, y := c.eval("canvas.getBoundingClientRect().left + onX(17)").(float64), c.eval("canvas.getBoundingClientRect().top + onY(17)").(float64)
	c.mouse("mousePressed", x-half, y-half, 8)
	for _, d := range [][2]float64{{1, -1}, {1, 1}, {-1, 1}, {-1, -1}} {
		c.mouse("mouseMoved", x+d[0]*half, y+d[1]*half, 8)
	}
	c.mouse("mouseReleased", x-half, y-half, 8)
}

// TestKeyboard: all of it is there without a mouse, and the list has what the canvas shows.
func TestKeyboard(t *testing.T) {
	c := start(t, 1000, 700)
	path, _ := written(t, made(300, 4, true))
	c.open(path)
	c.press("Tab", "Enter") // to the map
	c.eval("canvas.focus()")
	x := c.eval("V.x").(float64)
	c.press("ArrowRight")
	if got := c.eval("V.x").(float64); got <= x {
		t.Errorf("the arrow to the right moves the map from %v to %v", x, got)
	}
	c.press("0", "+", "+", "Enter")
	c.until("V.current >= 0")
	c.is("Math.abs(V.current - nearest(canvas.width / 2, canvas.height / 2, 1e9)) < N", true)
	first := c.eval("V.current")
	c.press("n")
	if c.eval("V.current") == first {
		t.Error("n does not go to another image")
	}
	c.press(" ")
	c.is("pickedCount", 1)
	c.press(" ", "0", "v")
	c.until("pickedCount === viewed().length && pickedCount > 0")
	c.press("Escape")
	c.is("pickedCount", 0)
	c.press("0", "l", "Enter", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Enter", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Enter")
	c.is("V.lasso.corners.length", 4)
	c.press(" ")
	c.is("V.lasso", nil)
	c.eval("$('tab-image').focus()")
	c.press("ArrowRight")
	c.is("document.activeElement.id + $('panel-list').hidden", "tab-listfalse")
	c.eval("canvas.focus()")
	c.eval("fit(); zoom(4, onX(20), onY(20))")
	c.frames(2)
	c.until("document.querySelectorAll('#list .entry').length > 0 && $('list').querySelector('.count').textContent.endsWith(' of ' + viewed().length)")
	c.is("viewed().length === V.inView && V.inView < N", true)
	for range 10 {
		if c.eval("$('list').querySelector('[data-turn=\"1\"]').disabled") == true {
			break
		}
		c.eval("$('list').querySelector('[data-turn=\"1\"]').click()")
	}
	c.is("[...document.querySelectorAll('#list .entry')].at(-1).querySelector('.name').textContent === shown(D.names[viewed().at(-1)])", true)
	c.silent(path)
}

// TestLeaks: the tab shows groups, those across splits first, with their pictures; a filter and the selection take
// parts of them; an image shows its copies, and the map ties them.
func TestLeaks(t *testing.T) {
	c := start(t, 1100, 800)
	path, _ := written(t, made(200, 5, true))
	c.open(path)
	c.eval("$('tab-leaks').focus(); $('tab-leaks').click()")
	c.is("$('leaks').querySelectorAll('.group').length", 3)
	c.is("$('leaks').querySelectorAll('.group .thumb:not(.gone)').length", 7)
	c.is("$('leaks').querySelector('.group').textContent.includes('labelled differently, across splits, mirrored')", true)
	c.is("[...$('leaks').querySelectorAll('tbody td')].map(e => e.textContent).join()", "1,0,0,0")
	c.shot(*shots, "leaks")
	c.eval("$('leaks-of').value = '6'; $('leaks-of').onchange()")
	c.is("$('leaks').querySelectorAll('.group').length + $('leaks').querySelector('.group strong').textContent", "1look-alike: 2 images")
	c.eval("[...$('leaks').querySelectorAll('button')].find(b => b.textContent === 'add all to the selection').click()")
	c.is("pickedList().join()", "15,16")
	c.eval("clearPicked(); $('leaks-of').value = '0'; $('leaks-of').onchange(); [...$('leaks').querySelectorAll('button')].find(b => b.textContent === 'select what is tested of them').click()")
	c.is("pickedList().join()", "11")
	c.eval("$('mode').value = 'group'; $('mode').onchange()")
	c.until("C.mode.id === 'group'")
	c.is("C.list.map((l, k) => l.name + C.count[k]).filter((n, k) => C.count[k]).join()", "in no group193,certain, across splits2,certain2,likely1,look-alike2")
	c.shot(*shots, "mode-group")
	c.eval("$('leaks').querySelector('.group .entry').click()")
	c.is("V.current", 0)
	c.is("[...document.querySelectorAll('#panel-image h3')].some(h => h.textContent.startsWith('The same image'))", true)
	c.silent(path)
}

// TestScores: an image shows what heads say of it, whether that is as labelled, and where it comes from, with numbers
// that add up to the score and pictures that stand where they stood before they were decoded.
func TestScores(t *testing.T) {
	c := start(t, 1100, 800)
	path, _ := written(t, made(200, 5, true))
	c.open(path)
	c.eval("open(13)") // 13 % 7 == 6: wrong
	c.is("$('panel-image').querySelector('.verdict.wrong').textContent", "not as labelled, by 0.750; they are tested on this image")
	c.is("[...$('panel-image').querySelectorAll('.facts dt')].map(e => e.textContent).includes('class 3 (label)')", true)
	c.is("$('panel-image').textContent.includes('--evidence-of asks for it')", true)
	c.eval("open(0)")
	c.is("$('panel-image').textContent.includes('They give this image none.')", true)
	c.eval("open(17)")
	at := c.eval("$('panel-image').querySelector('figcaption').getBoundingClientRect().top")
	c.until("[...$('panel-image').querySelectorAll('img')].length === 2 && [...$('panel-image').querySelectorAll('img')].every(i => i.complete && i.naturalWidth === 60)")
	c.is("$('panel-image').querySelector('figcaption').getBoundingClientRect().top", at)
	c.is("[...$('panel-image').querySelectorAll('.sum')].map(e => { const [total, ...parts] = e.innerText.replaceAll('\u2212', '-').split('\\n').map(parseFloat); return Math.abs(parts.reduce((a, b) => a + b) - total) < 1e-5 && parts.length; }).join()", "3,3")
	c.shot(*shots, "evidence")
	c.eval("$('list-of').value = 'evidence'; $('tab-list').click(); $('list-of').onchange()")
	c.is("document.querySelectorAll('#list .entry').length", 2)
	for mode, counts := range map[string]string{"heads": "1,86,14,85,14", "head-margin": "1,28,0,0,0,171"} {
		c.eval("$('mode').value = '" + mode + "'; $('mode').onchange()")
		c.until("C.mode.id === '" + mode + "'")
		c.is("C.count.join()", counts)
	}
	c.silent(path)
}

// TestNothingKnown: a page without leaks, heads and evidence says why, and its colours cannot be chosen.
func TestNothingKnown(t *testing.T) {
	c := start(t, 900, 700)
	p := made(60, 3, false)
	p.Leaks, p.Heads, p.Evidence, p.Without.Heads, p.Without.Evidence = nil, nil, nil, "The run has no heads.", "No evidence."
	path, _ := written(t, p)
	c.open(path)
	c.is("$('leaks').textContent", "Run fc7 audit.")
	c.eval("open(20)")
	c.is("$('panel-image').textContent.includes('The run has no heads.') && !$('panel-image').textContent.includes('No evidence')", true)
	c.is("[...$('mode').options].filter(o => o.disabled).map(o => o.value).join()", "heads,head-margin,group,run")
	c.is("csv([20]).split('\\n')[1].endsWith(',,,')", true)
	c.silent(path)
}

// TestHostileNames: names are text, whatever is in them, and come out of the page as they are.
func TestHostileNames(t *testing.T) {
	c := start(t, 1000, 700)
	p := made(60, 3, false)
	path, _ := written(t, p)
	c.open(path)
	for i, name := range hostile {
		c.eval("open(" + string(rune('0'+i)) + ")")
		c.is("D.names["+string(rune('0'+i))+"]", name)
		c.is("/[\\x00-\\x1f\\u202e\\u2028]/.test($('panel-image').querySelector('h2').textContent)", false)
	}
	c.eval("pick(Array.from(Array(N).keys()))")
	lines := strings.NewReplacer("a\x00b\x1b[31m\nc", `"a\u0000b\u001b[31m\nc"`, `"'&<!--`, `"\"'&<!--"`, "\u2028", "\"\u2028\"", "#1", `"#1"`)
	c.is("forms.keys.text(pickedList())", lines.Replace(strings.Join(p.Names, "\n")+"\n")) // as svm --exclude reads names
	c.is("csv([0]).split('\\n')[1].startsWith('</script><script>alert(1)</script>,</script>')", true)
	c.is("csv([4]).includes('\"\"\"\\'&<!--\"')", true)
	c.is("csv([7]).split('\\n')[1].startsWith(\"'=cmd|' /C calc'!A0,\")", true) // text, not a formula
	c.is("['=1', '+1', '-1', '@a', '\\ta', 'a=1', '1'].map(textCell).join('|')", "'=1|'+1|'-1|'@a|'\ta|a=1|1")
	c.is("document.querySelectorAll('script, img').length", 1)
	c.silent(path)
}

// TestModes: each colouring has a legend with what is on the map, and nothing on the page moves when it changes; so
// with each tab.
func TestModes(t *testing.T) {
	c := start(t, 1100, 800)
	path, _ := written(t, made(500, 12, true))
	c.open(path)
	place := "JSON.stringify(['map', 'legend', 'picked', 'tab-list', 'in-view', 'search'].map(i => { const b = $(i).getBoundingClientRect(); return [b.left, b.top, b.height]; }))"
	c.eval("$('classes-row').hidden = true") // of classes alone
	c.frames(2)
	at := c.eval(place)
	c.eval("$('tab-suspects').click()")
	c.is("[...document.querySelectorAll('#suspects .words')].some(w => /^class (\\d+)$/.test(w.children[1].textContent.split(' · ')[0]))", true)
	c.is("[...document.querySelectorAll('#suspects .words')].filter(w => w.children[2].textContent.includes(w.children[1].textContent.split(' · ')[0] + ';')).length", 0)
	c.is("[...document.querySelectorAll('#suspects .words')].every(w => w.children[2].textContent.startsWith('heads say '))", true)
	c.eval("$('tab-image').click()")
	for _, mode := range []string{"split", "correct", "margin", "suspect", "heads", "head-margin", "group"} {
		c.eval("$('mode').value = '" + mode + "'; $('mode').onchange()")
		c.until("C.mode.id === '" + mode + "'")
		c.is("C.count.reduce((a, b) => a + b)", 500)
		c.is("C.count.filter(n => n > 0).length > 1 && $('legend').children.length > 1", true)
		c.frames(2)
		c.is(place, at)
		c.shot(*shots, "mode-"+mode)
	}
	for _, tab := range []string{"list", "leaks", "suspects", "outliers", "about", "image"} {
		c.eval("$('tab-" + tab + "').click()")
		c.is("document.querySelectorAll('.panel:not([hidden])').length + $('panel-"+tab+"').id", "1panel-"+tab)
		c.is("$('panel-"+tab+"').textContent.trim().length > 5", true)
		c.is(place, at)
		c.shot(*shots, "tab-"+tab)
	}
	c.silent(path)
}

// TestWidths: at 800 and at 400 pixels nothing sticks out at the side; in the dark the map is dark.
func TestWidths(t *testing.T) {
	c := start(t, 800, 700)
	path, _ := written(t, made(300, 5, true))
	c.open(path)
	for _, w := range []int{800, 400} {
		c.size(w, 700)
		c.frames(3)
		c.is("document.documentElement.scrollWidth <= innerWidth && canvas.getBoundingClientRect().width > 300 && canvas.width === Math.round(canvas.getBoundingClientRect().width)", true)
		c.shot(*shots, "width-"+map[int]string{800: "800", 400: "400"}[w])
	}
	light := c.eval("pixels[0]").(float64)
	// Drawn at once: the next picture would come after a black one.
	c.is("canvas.style.width = '390px', resize(), canvas.width + ' ' + new Uint32Array(pen.getImageData(0, 0, 1, 1).data.buffer)[0]", fmt.Sprintf("390 %.0f", light))
	c.eval("canvas.style.width = ''; resize()")
	c.dark(true)
	c.until(fmt.Sprintf("theme() === 'dark' && pixels[0] !== %.0f", light))
	c.size(1200, 800)
	c.frames(3)
	c.shot(*shots, "dark")
	c.silent(path)
}

// TestFolder: a page of several files shows what one of one file does, from the disk, and asks for its own files alone.
func TestFolder(t *testing.T) {
	c := start(t, 1000, 700)
	dir := t.TempDir()
	m, err := Make(made(200, 3, true))
	if err != nil {
		t.Fatal(err)
	}
	files := writtenFolder(t, m, dir)
	if files[len(files)-1] != Index {
		t.Errorf("the last file is %s: until it is there, nothing can be opened", files[len(files)-1])
	}
	c.open(filepath.Join(dir, Index))
	c.is("N", 200)
	c.is("D.names[0]", hostile[0])
	c.is("D.near.length", 600)
	c.eval("open(150)")
	c.until("cell(150).sheet.ready")
	if c.eval("document.querySelectorAll('#panel-image .thumb').length") == 0.0 {
		t.Error("no thumbnails")
	}
	for _, url := range c.asked {
		if !strings.HasPrefix(url, "file://"+filepath.ToSlash(dir)+"/") {
			t.Errorf("the page asks for %s", url)
		}
	}
	if len(c.said) > 0 {
		t.Errorf("the console says %s", c.said)
	}
}

// writtenFolder writes a page as a folder and returns its files in the order in which they came.
func writtenFolder(t *testing.T, m *Made, dir string) (files []string) {
	t.Helper()
	if err := m.WriteFolder(func(name string, fill func(io.Writer) error) error {
		files = append(files, name)
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		return errors.Join(fill(f), f.Close())
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// drawnPage is a page of so many points, of which at most 20,000 have thumbnails, and says what writing it took.
func drawnPage(t *testing.T, points int) string {
	t.Helper()
	p := made(points, 100, false)
	p.Sheets = drawnSheets(p, max(1, points/20_000))
	began := time.Now()
	m, err := Make(p)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writtenFolder(t, m, dir)
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	t.Logf("a page of %d points, %.0f MB in a folder, written in %v; the program has %.0f MB", points, float64(m.Size())/1e6, time.Since(began), float64(after.Sys)/1e6)
	return filepath.Join(dir, Index)
}

// TestMeasured prints how fast a page opens and moves; -page names one.
func TestMeasured(t *testing.T) {
	if *drawn > 0 {
		*given = drawnPage(t, *drawn)
	}
	if *given == "" {
		t.Skip("-page names no page to measure, and -points says of how many points one is to be drawn")
	}
	c := start(t, 1280, 900)
	began := time.Now()
	c.open(*given)
	opened := time.Since(began)
	c.shot(*shots, "given")
	const turns = 60
	v := c.eval(`new Promise(done => {
  const began = performance.now(), times = []; let n = 0, last = began;
  const f = now => { times.push(now - last); last = now; if (n++ < 60) { pan(n % 20 < 10 ? 7 : -7, 3); requestAnimationFrame(f); } else done([performance.now() - began, times.sort((a, b) => a - b)[54]]); };
  requestAnimationFrame(f);
})`).([]any)
	d := c.eval("(() => { const a = performance.now(); for (let k = 0; k < 5; k++) draw(); return (performance.now() - a) / 5; })()").(float64)
	var memory struct{ UsedSize, TotalSize float64 }
	c.call("Runtime.getHeapUsage", nil, &memory)
	buffers := c.eval("Object.values(D).reduce((n, v) => n + (v && v.byteLength || 0), 0)").(float64)
	rate := turns / (v[0].(float64) / 1000)
	t.Logf("open %v, %.0f frames a second (nine tenths within %.0f ms), a picture drawn in %.1f ms, script's memory %.0f MB and columns %.0f MB", opened, rate, v[1], d, memory.UsedSize/1e6, buffers/1e6)
	c.eval("open(0)")
	c.shot(*shots, "given-image")
	c.eval("zoom(30, onX(0), onY(0)); open(0)")
	c.frames(20)
	c.shot(*shots, "given-near")
	for _, tab := range []string{"suspects", "outliers", "list", "leaks", "about"} {
		c.eval("$('tab-" + tab + "').click()")
		c.frames(10)
		c.shot(*shots, "given-"+tab)
	}
	c.eval("fit(); $('mode').value = leaks ? 'group' : C.mode.id; $('mode').onchange(); $('tab-leaks').click()")
	c.shot(*shots, "given-group")
	if c.eval("!!evidence") == true {
		c.eval("open(evidence.list[0][0])")
		c.until("[...$('panel-image').querySelectorAll('img')].every(i => i.complete)")
		c.eval("$('panel-image').querySelector('.verdict').scrollIntoView()")
		c.shot(*shots, "given-evidence")
	}
	c.dark(true)
	c.shot(*shots, "given-dark")
	c.size(800, 900)
	c.dark(false)
	c.eval("fit()")
	c.shot(*shots, "given-800")
	if *drawn == 0 {
		c.silent(*given)
	}
	if *drawn == 0 && (rate < 30 || opened > 2*time.Second) {
		t.Errorf("opened in %v, %.0f frames a second; expected 2 s and 30", opened, rate)
	}
}
