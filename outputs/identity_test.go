package outputs

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestIdentityDifferences(t *testing.T) {
	a := testIdentity(10)
	if diff := a.Differences(testIdentity(10)); len(diff) != 0 {
		t.Errorf("equal identities differ: %v", diff)
	}
	for want, change := range map[string]func(*Identity){
		"table format: table has 2, now 3":                        func(i *Identity) { i.Format = 3 },
		"net: table has vgg16/8, now vgg19":                       func(i *Identity) { i.Net = "vgg19" },
		"weights sha256: table has ab12cd34ef56…, now 0011223344": func(i *Identity) { i.WeightsSHA256 = "0011223344" },
		"weights sha256: table has ab12cd34ef56…, now none":       func(i *Identity) { i.WeightsSHA256 = "" },
		"preprocessing: table has RGB, scale 0.00392156862745098, mean [0.485 0.456 0.406], std [0.229 0.224 0.225], now BGR, scale 1, mean [103.939 116.779 123.68], std [1 1 1]": func(i *Identity) {
			i.Preprocessing = Preprocessing{"BGR", 1, [3]float64{103.939, 116.779, 123.68}, [3]float64{1, 1, 1}, ""}
		},
		"layers: table has [fc7], now [fc6 fc7]": func(i *Identity) { i.Layers = []string{"fc6", "fc7"} },
		"scales: table has [256 384], now [256]": func(i *Identity) { i.Scales = []int{256} },
		"views: table has dense, now crops":      func(i *Identity) { i.Views = "crops" },
		"crop size: table has 0, now 224":        func(i *Identity) { i.CropSize = 224 },
		"flip: table has true, now false":        func(i *Identity) { i.Flip = false },
		"pooling: table has mean, now max":       func(i *Identity) { i.Pooling = "max" },
		"pool rounding: table has floor, now ceil (--pool-rounding floor computes as the table was; tables of Caffe's weights were once made with floor)": func(i *Identity) { i.PoolRounding = "ceil" },
		"local response normalisation: table has A-LRN's own constants, now size 3":                                                                       func(i *Identity) { i.LRN = "size 3" },
		"resize: table has bilinear-antialias/1, now cubic":                                                                                               func(i *Identity) { i.Resize = "cubic" },
		"dtype: table has float32, now float16":                                                                                                           func(i *Identity) { i.Dtype = Float16 },
		"arithmetic: table has plain/1, now winograd/1":                                                                                                   func(i *Identity) { i.Arithmetic = "winograd/1" },
		"data set kind: table has voc2007, now folder":                                                                                                    func(i *Identity) { i.Inputs.Kind = "folder" },
		"number of inputs: table has 10, now 11":                                                                                                          func(i *Identity) { i.Inputs.Count = 11 },
		"list of inputs (sha256): table has 0123456789ab…, now f":                                                                                         func(i *Identity) { i.Inputs.SHA256 = "f" },
	} {
		b := testIdentity(10)
		change(&b)
		if diff := a.Differences(b); len(diff) != 1 || diff[0] != want {
			t.Errorf("%q, want %q", diff, want)
		}
		inputs := strings.Contains(want, "input") || strings.Contains(want, "data set")
		layout := strings.Contains(want, "format")
		if d, i := a.DescriptorDifferences(b), a.InputDifferences(b); (len(d) == 0) != (inputs || layout) || (len(i) == 1) != inputs {
			t.Errorf("%s: descriptors %q, inputs %q", want, d, i)
		}
	}
	b := testIdentity(10)
	b.Views = "dense"
	if diff := a.Differences(b); len(diff) != 0 {
		t.Errorf("dense views written out differ from those of old tables: %q", diff)
	}
	b = testIdentity(10)
	b.WeightsSHA256 = "ab12cd34ef56ab12cd34ef57" // alike in what is printed
	if len(a.Differences(b)) != 1 {
		t.Error("digests that differ behind their twelfth digit count as equal")
	}
}

// A field that is added to Identity and forgotten in properties would let two models' vectors mix.
func TestIdentityComparesEveryField(t *testing.T) {
	var walk func(path string, v reflect.Value, check func())
	walk = func(path string, v reflect.Value, check func()) {
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i), check)
			}
			return
		}
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		switch v.Kind() {
		case reflect.String:
			v.SetString("changed")
		case reflect.Int:
			v.SetInt(77)
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Float64:
			v.SetFloat(0.5)
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 5, 5))
		case reflect.Array:
			v.Index(0).SetFloat(0.125)
		default:
			t.Fatalf("%s: a kind this test does not know: %v", path, v.Kind())
		}
		check()
		v.Set(old)
	}
	id := testIdentity(3)
	now := testIdentity(3)
	walk("Identity", reflect.ValueOf(&now).Elem(), func() {
		if len(id.Differences(now)) != 1 {
			t.Errorf("a changed field gives %q: %+v", id.Differences(now), now)
		}
	})
}

func TestIdentityRoundTrip(t *testing.T) {
	text, err := testIdentity(7).encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeIdentity(text)
	if err != nil || !reflect.DeepEqual(got, testIdentity(7)) {
		t.Errorf("%+v, %v", got, err)
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(text), &raw); err != nil || raw["weights_sha256"] == nil {
		t.Errorf("JSON %s: %v", text, err)
	}
	for _, bad := range []string{"", "{", "[]", `{"format":3}`, `{"format":0}`, `{"format":"1"}`} {
		if _, err := decodeIdentity(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestDigestKeepsBoundaries(t *testing.T) {
	lists := [][][]string{
		{}, {{}}, {{""}}, {{"", ""}}, {{}, {}}, {{"ab"}}, {{"a", "b"}}, {{"a"}, {"b"}}, {{"b"}, {"a"}}, {{"a\x00b"}},
	}
	seen := map[string]int{}
	for i, list := range lists {
		d := NewDigest()
		for _, item := range list {
			d.Add(item...)
		}
		if j, ok := seen[d.Sum()]; ok {
			t.Errorf("%q and %q have one digest", lists[j], list)
		}
		seen[d.Sum()] = i
		if first, again := d.Sum(), d.Sum(); first != again || len(first) != 64 {
			t.Errorf("digest %q, asked again %q", first, again)
		}
	}
}
