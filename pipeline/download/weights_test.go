package download

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fc7/internal/catalogue"
	"fc7/vgg"
	"fc7/vgg/weights"
)

// net is a narrow net's file.
func netFile(t *testing.T, seed uint64) []byte {
	t.Helper()
	c, err := vgg.Lookup("vgg16/32")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.safetensors")
	if err := vgg.Init(t.Context(), path, c, seed, weights.SafetensorsOptions{}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serveFiles serves files by path, and counts.
func serveFiles(t *testing.T, files map[string][]byte) (base string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
		b, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func cache(t *testing.T) string {
	t.Helper()
	top := filepath.Join(t.TempDir(), "cache[1]") // a name is no pattern
	t.Setenv(CacheVariable, top)
	return filepath.Join(top, "weights")
}

func fetchIt(j WeightsJob) (*WeightsResult, error) {
	return FetchWeights(context.Background(), j, Events{})
}

// TestFetchWeights: by a name of the catalogue from a mirror, then by name wherever weights are wanted.
func TestFetchWeights(t *testing.T) {
	dir, data := cache(t), netFile(t, 1)
	base, asked := serveFiles(t, map[string][]byte{"/lab/vgg16-397923af.pth": data})
	if _, err := weightsCalled("vgg16"); err == nil || !strings.Contains(err.Error(), "fc7 weights fetch vgg16") {
		t.Fatalf("before it was fetched: %v", err)
	}
	j := WeightsJob{Name: "vgg16", Mirror: base + "/lab/", SHA256: sum(data)}
	r, err := fetchIt(j)
	if err != nil {
		t.Fatal(err)
	}
	if r.Path != filepath.Join(dir, "vgg16-397923af.pth") || r.SHA256 != sum(data) || r.Holds != "vgg16/32" || r.Bytes != int64(len(data)) {
		t.Errorf("%+v", r)
	}
	c, err := weightsCalled("vgg16")
	if err != nil || c.Path != r.Path || c.SHA256 != r.SHA256 {
		t.Errorf("%+v, %v", c, err)
	}
	if r, err = fetchIt(j); err != nil || r.From != "" || len(*asked) != 1 {
		t.Errorf("fetched again: %+v, %v, %v", r, err, *asked)
	}
	list, err := List("")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if (l.Cached != "") != (l.Name == "vgg16") {
			t.Errorf("%s: cached %q", l.Name, l.Cached)
		}
	}
	// Without the word of the user the digest of the catalogue counts, and the file is not that of torchvision.
	if _, err := fetchIt(WeightsJob{Name: "vgg16"}); err == nil || !strings.Contains(err.Error(), "want sha256 397923af") || !strings.Contains(err.Error(), "--again") {
		t.Errorf("a wrong file in the cache: %v", err)
	}
}

// TestWrongWeights: what does not fit the published digest is not kept, and the way out is told.
func TestWrongWeights(t *testing.T) {
	dir, data := cache(t), netFile(t, 2)
	base, _ := serveFiles(t, map[string][]byte{"/x": data})
	for _, name := range []string{"vgg19", "vgg16-caffe", "vgg16-matconvnet"} { // SHA-256 prefix, SHA-1, MD5
		_, err := fetchIt(WeightsJob{Name: name, URL: base + "/x"})
		if err == nil || !strings.Contains(err.Error(), "not the file expected") || !strings.Contains(err.Error(), "--sha256 "+sum(data)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("in the cache: %v, %v", left, err)
	}
}

// TestFirstUse: without a published digest the first one is recorded, and must stay, even if the file was removed.
func TestFirstUse(t *testing.T) {
	cache(t)
	files := map[string][]byte{"/vgg19-7.onnx": netFile(t, 3)}
	base, _ := serveFiles(t, files)
	j := WeightsJob{Name: "vgg19-onnx", Mirror: base}
	r, err := fetchIt(j)
	if err != nil || r.Verified != firstUse {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := os.Remove(r.Path); err != nil {
		t.Fatal(err)
	}
	first := files["/vgg19-7.onnx"]
	files["/vgg19-7.onnx"] = netFile(t, 4)
	j.URL = base + "/vgg19-7.onnx"
	if _, err := fetchIt(j); err == nil || !strings.Contains(err.Error(), "want sha256 "+sum(first)) {
		t.Errorf("another file under the same name: %v", err)
	}
	j.SHA256 = sum(files["/vgg19-7.onnx"])
	if _, err := fetchIt(j); err != nil {
		t.Errorf("accepted by its digest: %v", err)
	}
}

// TestOwnWeights: a file of another source, by a name of the user's.
func TestOwnWeights(t *testing.T) {
	cache(t)
	data := netFile(t, 5)
	base, _ := serveFiles(t, map[string][]byte{"/a/final.safetensors": data, "/page": []byte("no net")})
	r, err := fetchIt(WeightsJob{Name: "my-net", URL: base + "/a/final.safetensors?download=1"})
	if err != nil || filepath.Base(r.Path) != "my-net-final.safetensors" || r.Holds != "vgg16/32" {
		t.Fatalf("%+v, %v", r, err)
	}
	if c, err := weightsCalled("my-net"); err != nil || c.Path != r.Path {
		t.Errorf("%+v, %v", c, err)
	}
	list, err := List("")
	if err != nil || list[len(list)-1].Name != "my-net" || list[len(list)-1].Cached == "" {
		t.Fatalf("%v, %v", list, err)
	}
	if r, err := fetchIt(WeightsJob{Name: "page", URL: base + "/page"}); err != nil || r.Trouble == "" || r.Holds != "" {
		t.Errorf("no weights: %+v, %v", r, err)
	}
	if a := list[len(list)-1].About(); a != 0 {
		t.Errorf("a net that nobody knows is estimated at %d bytes", a)
	}
	for _, c := range []struct {
		j    WeightsJob
		want string
	}{
		{WeightsJob{Name: "vgg17"}, "did you mean vgg16"},
		{WeightsJob{Name: "../x", URL: base}, `"../x" cannot be a name of weights`},
		{WeightsJob{Name: "x", URL: "ftp://h/x"}, "ftp"},
		{WeightsJob{Name: "vgg16", SHA256: "397923af"}, "397923af"},
	} {
		if _, err := fetchIt(c.j); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.j, err, c.want)
		}
	}
}

// TestOtherSize: a file that the user vouches for may have another size than the published one, now and the next time.
func TestOtherSize(t *testing.T) {
	cache(t)
	data := netFile(t, 7)
	base, asked := serveFiles(t, map[string][]byte{"/x.h5": data})
	j := WeightsJob{Name: "vgg16-keras", URL: base + "/x.h5", SHA256: sum(data)}
	for i := range 2 {
		if r, err := fetchIt(j); err != nil || r.Bytes != int64(len(data)) || len(*asked) != 1 {
			t.Errorf("call %d: %+v, %v, asked for %v", i, r, err, *asked)
		}
	}
}

// TestDamagedRecord: what the cache knows of its files is not passed over where it cannot be read.
func TestDamagedRecord(t *testing.T) {
	dir := cache(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vgg16", "my-net"} {
		path := filepath.Join(dir, name+".json")
		for _, text := range []string{"{", `{"file": "../../etc/passwd"}`} {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := List(""); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("listing with %s in %s: %v", text, name, err)
			}
			if _, err := weightsCalled(name); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("by name with %s in %s: %v", text, name, err)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOwnFile: whatever a URL ends with, its file is one in the cache.
func TestOwnFile(t *testing.T) {
	for end, want := range map[string]string{
		"a/VGG16.pth":                   "n-VGG16.pth",
		"a/%2e%2e%5c%1b[2J.pth":         "n-..%5c%1b%5b2+J.pth",
		"":                              "n-%2f",
		"a/" + strings.Repeat("x", 199): "n-" + strings.Repeat("x", 199),
	} {
		e, err := WeightsJob{Name: "n", URL: "https://example.org/" + end}.entry()
		if err != nil || e.File() != want {
			t.Errorf("%s: %s, %v, want %s", end, e.File(), err, want)
		}
	}
	e, err := WeightsJob{Name: "n", URL: "https://example.org/" + strings.Repeat("x", 300)}.entry()
	if err != nil || len(e.File()) > 255-len(partEnding) || !strings.HasPrefix(e.File(), "n-xxx") {
		t.Errorf("%s, %v", e.File(), err)
	}
}

// TestByHand: offline, the user is told where to put a file, and a file put there is verified and used.
func TestByHand(t *testing.T) {
	dir := cache(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	data := netFile(t, 6)
	j := WeightsJob{Name: "vgg16_bn-onnx", URL: "http://" + l.Addr().String() + "/x.onnx", SHA256: sum(data)}
	path := filepath.Join(dir, "vgg16-bn-7.onnx")
	_, err = fetchIt(j)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), j.URL) || !strings.Contains(err.Error(), "\n  fc7 weights fetch vgg16_bn-onnx --url "+j.URL+" --sha256 "+j.SHA256+"\n") {
		t.Fatalf("offline: %v", err)
	}
	elsewhere := j
	elsewhere.Cache = t.TempDir()
	if _, err := fetchIt(elsewhere); err == nil || !strings.Contains(err.Error(), " --cache "+elsewhere.Cache+"\n") {
		t.Errorf("offline, with a cache that is named: %v", err)
	}
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(path, data, 0o644)); err != nil {
		t.Fatal(err)
	}
	if r, err := fetchIt(j); err != nil || r.SHA256 != sum(data) || r.From != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestWeightsAreFilesFirst: a file of the name counts, and a path is never taken for a name.
func TestWeightsAreFilesFirst(t *testing.T) {
	cache(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("vgg16", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"vgg16", "./vgg19", "no-such-name", "/no/such/file"} {
		if c, err := weightsCalled(s); err != nil || c.Path != s {
			t.Errorf("%s: %+v, %v", s, c, err)
		}
	}
}

// TestCatalogueOfNets: every file of the catalogue is of a net of the table, and its estimated size fits the one that
// its publisher confirms.
func TestCatalogueOfNets(t *testing.T) {
	n := 0
	for _, e := range catalogue.AllWeights() {
		if c, err := vgg.Lookup(e.Net); err != nil || c.Name != e.Net {
			t.Errorf("%s: net %s: %v", e.Name, e.Net, err)
		}
		if e.Size == 0 {
			continue
		}
		n++
		if a := (Listed{Weights: e}).About(); a > e.Size || a < e.Size-200_000 {
			t.Errorf("%s: estimated %d, is %d", e.Name, a, e.Size)
		}
	}
	if n < 5 {
		t.Errorf("%d sizes are confirmed", n)
	}
}

// TestCheckpointPrefix: the prefix of a checkpoint is a file, however like a name it is.
func TestCheckpointPrefix(t *testing.T) {
	cache(t)
	t.Chdir(t.TempDir())
	if _, err := weightsCalled("vgg_16"); err == nil || !strings.Contains(err.Error(), "did you mean vgg16?") {
		t.Errorf("without a file: %v", err)
	}
	for _, prefix := range []string{"vgg_16", "vgg16"} {
		if err := os.WriteFile(prefix+".index", nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if c, err := weightsCalled(prefix); err != nil || c.Path != prefix {
			t.Errorf("%+v, %v", c, err)
		}
	}
}
