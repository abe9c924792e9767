package explorer

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"fc7/internal/browser"
)

// chromium is a page in a headless Chromium, which is spoken to by the DevTools protocol over two pipes: JSON with a
// zero byte behind each message.
type chromium struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	ctx     context.Context
	session string
	last    int
	asked   []string // what was asked for, beside the page, and all that the console said
	said    []string
}

// patience is what a browser on a busy machine may take.
const patience = 3 * time.Minute

// start starts a browser with an empty page of so many pixels.
func start(t *testing.T, width, height int) *chromium {
	t.Helper()
	path := browser.Path(t)
	if runtime.GOOS == "windows" {
		t.Skip("a process gets no more pipes on Windows: the page is not opened in a browser")
	}
	profile, err := os.MkdirTemp("", "fc7-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	cmd := exec.CommandContext(ctx, path,
		"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-extensions",
		"--disable-component-update", "--disable-breakpad", "--user-data-dir="+profile, "--remote-debugging-pipe")
	cmd.WaitDelay = 5 * time.Second
	in, toIt, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fromIt, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{in, out}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	t.Cleanup(func() {
		toIt.Close() // by which it ends
		stop := time.AfterFunc(5*time.Second, cancel)
		defer cancel()
		defer stop.Stop()
		_ = cmd.Wait()
		fromIt.Close()
		for range 100 { // its helpers end a little later
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	c := &chromium{t: t, to: toIt, from: bufio.NewReaderSize(fromIt, 1<<20), ctx: ctx}
	var made struct{ TargetID, SessionID string }
	c.call("Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	c.call("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}, &made)
	c.session = made.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log"} {
		c.call(domain+".enable", nil, nil)
	}
	c.size(width, height)
	return c
}

func (c *chromium) size(width, height int) {
	c.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// message is an answer, or an event.
type message struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
}

// call calls a method and waits for its answer. Events that come before it are looked at.
func (c *chromium) call(method string, params map[string]any, result any) {
	c.t.Helper()
	c.last++
	if params == nil {
		params = map[string]any{}
	}
	text, err := json.Marshal(map[string]any{"id": c.last, "method": method, "params": params, "sessionId": c.session})
	if c.session == "" {
		text, err = json.Marshal(map[string]any{"id": c.last, "method": method, "params": params})
	}
	if err == nil {
		_, err = c.to.Write(append(text, 0))
	}
	if err != nil {
		c.t.Fatal(err)
	}
	for {
		text, err := c.from.ReadBytes(0)
		if err != nil {
			c.t.Fatalf("the browser says no more (%v) in %s", err, method)
		}
		var m message
		if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
			c.t.Fatal(err)
		}
		if m.ID == 0 {
			c.event(m)
			continue
		}
		if m.Error != nil {
			c.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				c.t.Fatal(err)
			}
		}
		return
	}
}

func (c *chromium) event(m message) {
	switch m.Method {
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		if json.Unmarshal(m.Params, &p) == nil && !strings.HasPrefix(p.Request.URL, "data:") && !strings.HasPrefix(p.Request.URL, "blob:") {
			c.asked = append(c.asked, p.Request.URL)
		}
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		c.said = append(c.said, string(m.Params))
	}
}

// open shows a file and waits until its script is done.
func (c *chromium) open(path string) {
	c.t.Helper()
	c.call("Page.navigate", map[string]any{"url": "file://" + filepath.ToSlash(path)}, nil)
	c.until(`document.documentElement.dataset.ready === "yes" && V.frames > 0`)
}

// eval is the value of an expression, as JSON has it.
func (c *chromium) eval(expression string) any {
	c.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	c.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if e := r.ExceptionDetails; e != nil {
		c.t.Fatalf("%s: %s %s", expression, e.Text, e.Exception.Description)
	}
	return r.Result.Value
}

// until waits until an expression holds.
func (c *chromium) until(expression string) {
	c.t.Helper()
	for began := time.Now(); time.Since(began) < patience/2; time.Sleep(10 * time.Millisecond) {
		if c.eval(`(() => { try { return !!(`+expression+`) } catch { return false } })()`) == true {
			return
		}
	}
	c.t.Fatalf("never: %s; the console says %s", expression, c.said)
}

// is fails where an expression is not what is wanted.
func (c *chromium) is(expression string, want any) {
	c.t.Helper()
	if got := c.eval(expression); fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Errorf("%s is %v, want %v", expression, got, want)
	}
}

// press presses keys, each by its name, one after the other.
func (c *chromium) press(keys ...string) {
	c.t.Helper()
	for _, key := range keys {
		p := map[string]any{"type": "keyDown", "key": key}
		switch {
		case key == "Enter":
			p["text"] = "\r"
			p["windowsVirtualKeyCode"] = 13
		case key == "Tab":
			p["windowsVirtualKeyCode"] = 9
		case len(key) == 1:
			p["text"] = key
		}
		c.call("Input.dispatchKeyEvent", p, nil)
		c.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key}, nil)
	}
}

// mouse does one thing of the mouse: mousePressed, mouseMoved, mouseReleased. modifiers: 2 Ctrl, 8 Shift.
func (c *chromium) mouse(what string, x, y float64, modifiers int) {
	c.t.Helper()
	p := map[string]any{"type": what, "x": x, "y": y, "modifiers": modifiers}
	if what != "mouseMoved" {
		p["button"], p["clickCount"] = "left", 1
	}
	c.call("Input.dispatchMouseEvent", p, nil)
}

// dark lets the page be dark, or light.
func (c *chromium) dark(on bool) {
	value := "light"
	if on {
		value = "dark"
	}
	c.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]any{{"name": "prefers-color-scheme", "value": value}}}, nil)
}

// shot keeps a picture of the page in a folder, if there is one.
func (c *chromium) shot(dir, name string) {
	c.t.Helper()
	if dir == "" {
		return
	}
	c.frames(2)
	var r struct{ Data string }
	c.call("Page.captureScreenshot", map[string]any{"format": "png"}, &r)
	b, err := base64.StdEncoding.DecodeString(r.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// frames waits until so many more pictures were shown.
func (c *chromium) frames(n int) {
	c.t.Helper()
	c.eval(fmt.Sprintf(`new Promise(done => { let n = %d; const f = () => n-- ? requestAnimationFrame(f) : done(); f(); })`, n))
}

// silent fails where the page asked for anything or the console says anything.
func (c *chromium) silent(page string) {
	c.t.Helper()
	for _, url := range c.asked {
		if url != "file://"+filepath.ToSlash(page) {
			c.t.Errorf("the page asks for %s", url)
		}
	}
	if len(c.said) > 0 {
		c.t.Errorf("the console says %s", c.said)
	}
}
