package explorer

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPolicy: the page's policy allows its own script and style by their digests and nothing from elsewhere, and
// nothing in it points out of it.
func TestPolicy(t *testing.T) {
	_, text := written(t, made(40, 3, true))
	m := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(text)
	if m == nil {
		t.Fatal("no policy")
	}
	if strings.Index(text, m[0]) > strings.Index(text, "<style>") {
		t.Error("the policy stands behind what it is of")
	}
	policy := strings.ReplaceAll(m[1], "&#39;", "'")
	for _, want := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src blob: data:"} {
		if !slices.Contains(strings.Split(policy, "; "), want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	if regexp.MustCompile(`unsafe|\*|https?:|self`).MatchString(policy) {
		t.Errorf("the policy allows too much: %s", policy)
	}
	for _, tag := range []string{"style", "script"} {
		inner := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(text, -1)
		if len(inner) != 1 || !strings.Contains(policy, tag+"-src "+allowed(inner[0][1])) {
			t.Errorf("%d of %s, and the policy is %s", len(inner), tag, policy)
		}
	}
	text = regexp.MustCompile(`<script type="text/plain" id="[a-z0-9-]+">[^<]*</script>`).ReplaceAllString(text, "")
	if out := regexp.MustCompile(`(?i)https?:|//[a-z]|@import|\b(src|href)="[^#d]|fetch\(|XMLHttpRequest|WebSocket|innerHTML|eval\(`).FindString(text); out != "" {
		t.Errorf("the page has %q", out)
	}
}

// TestEscaped: no name ends its script or its title, and all come back as they were.
func TestEscaped(t *testing.T) {
	p := made(20, 2, false)
	p.Title, p.Subtitle = hostile[0], hostile[1]
	_, text := written(t, p)
	if n := strings.Count(text, "</script>"); n != strings.Count(text, "<script") {
		t.Errorf("%d scripts begin and %d end", strings.Count(text, "<script"), n)
	}
	if strings.Contains(text, "<img") || strings.Contains(text, "alert(1)</script>") {
		t.Error("a name is more than text")
	}
	var names []string
	if err := json.Unmarshal([]byte(partOf(t, text, "names")), &names); err != nil || !slices.Equal(names, p.Names) {
		t.Errorf("%v: %q", err, names)
	}
}

func partOf(t *testing.T, text, name string) string {
	t.Helper()
	_, after, ok := strings.Cut(text, `id="part-`+name+`">`)
	inner, _, _ := strings.Cut(after, "</script>")
	if !ok {
		t.Fatalf("no part %s", name)
	}
	return inner
}

// TestParts: numbers come back as they were, also of more than one piece, also where a page is written twice.
func TestParts(t *testing.T) {
	p := made(30_000, 4, false)
	_, text := written(t, p)
	decode := func(name string, to any) {
		b, err := base64.StdEncoding.DecodeString(partOf(t, text, name))
		if err == nil {
			err = binary.Read(bytes.NewReader(b), binary.LittleEndian, to)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	y, near, ends, margin, split := make([]float32, 30_000), make([]int32, 90_000), make([]uint32, 30_001), make([]float32, 30_000), make([]uint8, 30_000)
	decode("y", y)
	decode("near", near)
	decode("label-at", ends)
	decode("margin", margin)
	decode("split", split)
	for i := range y {
		if y[i] != float32(p.XY[2*i+1]) || ends[i] != uint32(i) || math.Float32bits(margin[i]) != math.Float32bits(p.Margin[i]) {
			t.Fatalf("row %d is at %v with labels from %d and margin %v", i, y[i], ends[i], margin[i])
		}
	}
	if !slices.Equal(near, p.Near) || !slices.Equal(split, p.Split) || ends[30_000] != 30_000 {
		t.Error("neighbours, splits or the end of the labels are others")
	}
}

// TestNotOfOneLength: a page whose columns are not as long as its names is an error and not written.
func TestNotOfOneLength(t *testing.T) {
	for name, change := range map[string]func(*Page){
		"no rows":    func(p *Page) { p.Names, p.XY = nil, nil },
		"places":     func(p *Page) { p.XY = p.XY[2:] },
		"neighbours": func(p *Page) { p.Near = p.Near[1:] },
		"labels":     func(p *Page) { p.Labels = p.Labels[1:] },
		"own":        func(p *Page) { p.Own = 21 },
		"roles":      func(p *Page) { p.Heads.Role = p.Heads.Role[1:] },
		"own scores": func(p *Page) { p.Heads.Own = p.Heads.Own[1:] },
	} {
		p := made(20, 2, false)
		change(p)
		if m, err := Make(p); err == nil || m != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
