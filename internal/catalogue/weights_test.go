package catalogue

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"fc7/internal/fetch"
)

func TestWeights(t *testing.T) {
	names, files := map[string]bool{}, map[string]bool{}
	length := map[string]int{fetch.SHA256: 64, fetch.SHA1: 40, fetch.MD5: 32}
	for _, e := range AllWeights() {
		if names[e.Name] || files[e.File()] || e.File() != path.Base(e.File()) || strings.ContainsAny(e.Name, "/.: ") {
			t.Errorf("%s: its name, or that of its file %s, is taken or no name", e.Name, e.File())
		}
		names[e.Name], files[e.File()] = true, true
		if net, _, _ := strings.Cut(e.Name, "-"); net != e.Net {
			t.Errorf("%s: its name says that it is of another net than %s", e.Name, e.Net)
		}
		for _, s := range e.URLs {
			if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || path.Ext(u.Path) != path.Ext(e.File()) {
				t.Errorf("%s: URL %s: %v", e.Name, s, err)
			}
		}
		for _, d := range e.Digests {
			if n := len(d.Hex); n != length[d.Algorithm] && (n != 8 || d.Algorithm != fetch.SHA256) || strings.Trim(d.Hex, "0123456789abcdef") != "" {
				t.Errorf("%s: digest %s", e.Name, d)
			}
		}
		if (len(e.Digests) == 0) != (e.Basis == unknown) || e.Format == "" || e.Source == "" || e.Licence == "" || e.Preprocess == "" {
			t.Errorf("%s: incomplete: %+v", e.Name, e)
		}
		if got, ok := LookupWeights(e.Name); !ok || got.URLs[0] != e.URLs[0] {
			t.Errorf("%s is not found", e.Name)
		}
	}
	if len(WeightsNames()) != len(names) {
		t.Errorf("%d names of %d entries", len(WeightsNames()), len(names))
	}
	if _, ok := LookupWeights("vgg17"); ok {
		t.Error("vgg17 was found")
	}
}

// TestSizes: the bytes that Keras prints when it downloads these, and that the zoo's pointer says.
func TestSizes(t *testing.T) {
	want := map[string]int64{
		"vgg16-keras": 553_467_096, "vgg16-keras-notop": 58_889_256, "vgg19-keras": 574_710_816, "vgg19-keras-notop": 80_134_624,
		"vgg16-onnx": 553_437_328,
	}
	for _, e := range AllWeights() {
		if e.Size != want[e.Name] {
			t.Errorf("%s has %d bytes, want %d", e.Name, e.Size, want[e.Name])
		}
	}
}

// TestDigitsInNames: what PyTorch's file names say of the digest is what the table checks.
func TestDigitsInNames(t *testing.T) {
	digits := regexp.MustCompile(`-([0-9a-f]{8})\.pth$`)
	n := 0
	for _, e := range AllWeights() {
		m := digits.FindStringSubmatch(e.URLs[0])
		if m == nil {
			continue
		}
		n++
		if len(e.Digests) != 1 || e.Digests[0].Algorithm != fetch.SHA256 || !strings.HasPrefix(e.Digests[0].Hex, m[1]) {
			t.Errorf("%s: %v is not what %s says", e.Name, e.Digests, e.URLs[0])
		}
	}
	if n != 9 {
		t.Errorf("%d files of torchvision, want 9", n)
	}
}
