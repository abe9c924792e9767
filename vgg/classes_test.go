package vgg

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fc7/vgg/weights"
)

func TestClassesOf(t *testing.T) {
	c, err := Lookup("vgg11/32")
	if err != nil {
		t.Fatal(err)
	}
	c.Classes = 3
	labels := []string{"cat", `dog "big"`, "crêpe"}
	text, err := EncodeClasses(labels)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		meta string
		want []string
		err  string
	}{
		{text, labels, ""},
		{"", nil, ""},
		{`["a"]`, nil, "names 1 classes, but vgg11/32 has 3 outputs"},
		{`{"a": 1}`, nil, "want a JSON list"},
	} {
		path := filepath.Join(t.TempDir(), "net.safetensors")
		o := weights.SafetensorsOptions{}
		if k.meta != "" {
			o.Metadata = map[string]string{MetaClasses: k.meta}
		}
		if err := Init(t.Context(), path, c, 1, o); err != nil {
			t.Fatal(err)
		}
		f, err := weights.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		found, _, err := Recognise(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ClassesOf(f, found)
		if k.err == "" && (err != nil || !reflect.DeepEqual(got, k.want)) || k.err != "" && (err == nil || !strings.Contains(err.Error(), k.err)) {
			t.Errorf("%s: %q, %v", k.meta, got, err)
		}
	}
}
