package evaluation

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"fc7/pipeline/backbone"
	"fc7/pipeline/internal/fixture"
)

// Without a list, 1000 outputs are ImageNet's in the order of the WordNet ids.
func TestClassesOfNets(t *testing.T) {
	net, err := backbone.Load(context.Background(), backbone.Wanted{Weights: fixture.Weights(t, "vgg11/32", 1), Threads: 1}, "")
	if err != nil {
		t.Fatal(err)
	}
	classes, err := ClassesOf(net, "")
	if err != nil || len(classes) != 1000 || classes[0] != (Class{"n01440764", "tench, Tinca tinca"}) || classes[999].String() != "toilet tissue" {
		t.Errorf("%d classes, %v", len(classes), err)
	}
	net.Config.Classes = 1001
	if classes, err = ClassesOf(net, ""); err != nil || len(classes) != 1001 || classes[0].Label != "background" || classes[1].Label != "n01440764" {
		t.Errorf("%d classes, %v", len(classes), err)
	}
	net.Config.Classes = 1
	if _, err = ClassesOf(net, ""); err == nil || !strings.Contains(err.Error(), "the net has one output") {
		t.Errorf("error %v", err)
	}
	net.Config.Classes = 0
	if _, err = ClassesOf(net, ""); err == nil || !strings.Contains(err.Error(), "has no fc8") {
		t.Errorf("error %v", err)
	}
}

func TestReadClasses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "classes.txt")
	for text, want := range map[string]string{
		"\ufeffn01440764\r\nn99999999\nbig cat\n": "",
		"a\n\nb\n":                          ":2: want a class",
		"n01440764 fish\nn01440764 tench\n": ":2: the class n01440764 is in line 1",
		strings.Repeat("x", 5000):           ":1:",
	} {
		fixture.WriteFile(t, path, []byte(text))
		classes, err := readClasses(path)
		switch {
		case want == "" && (err != nil || len(classes) != 3 || classes[0].String() != "tench" || classes[1].String() != "n99999999" || classes[2] != Class{Label: "big cat"}):
			t.Errorf("%q: %+v, %v", text, classes, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}
