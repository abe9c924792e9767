package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fc7/pipeline/download"
)

// TestComplete: a shell is offered kinds, nets, layers, words and files by their endings, and nothing where anything
// may stand.
func TestComplete(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv(download.CacheVariable, filepath.Join(dir, "cache"))
	for _, name := range []string{"photos/cat/1.jpg", "net.pth", "notes.txt", "labels.csv", "a.JPG", ".hidden/x.jpg", "cache/weights/vgg16-397923af.pth"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"ext":                                "extract",
		"extract fol":                        "folder:",
		"extract folder:":                    "folder:a.JPG folder:cache/ folder:labels.csv folder:net.pth folder:notes.txt folder:photos/",
		"extract folder:photos/":             "folder:photos/cat/",
		"extract voc2012:":                   "voc2012:a.JPG voc2012:cache/ voc2012:labels.csv voc2012:net.pth voc2012:notes.txt voc2012:photos/ voc2012:action:",
		"extract voc2012":                    "voc2012: voc2012:action:",
		"extract voc2012:act":                "voc2012:action:",
		"extract folder:x y":                 "",
		"extract folder:x --net vgg16":       "vgg16c vgg16 vgg16c_bn vgg16_bn",
		"extract folder:x --layer conv5_":    "conv5_1 conv5_2 conv5_3 conv5_4",
		"extract folder:x --layer fc7,conv1": "fc7,conv1 fc7,conv1_1 fc7,conv1_2", // conv1 is of nets before VGG
		"extract folder:x --views c":         "crops centre",
		"extract folder:x --weights n":       "net.pth",
		"extract folder:x --weights vgg":     "vgg16",
		"extract folder:x --weights s":       "small",
		"extract folder:x --limit ":          "",
		"extract s3://b/x --views d":         "dense",
		"svm ":                               "cache/ photos/",
		"svm photos/ c":                      "cache/",
		"svm x --protocol voc2012":           "voc2012 voc2012-action",
		"svm x --labels ":                    "cache/ labels.csv photos/",
		"predict a":                          "a.JPG aircraft: aircraft:family: aircraft:manufacturer:",
		"classify f":                         "flowers102: food101: folder:",
		"weights fetch vgg19-c":              "vgg19-caffe",
		"dataset fetch caltech":              "caltech101 caltech256",
		"reproduce cal":                      "caltech101 caltech256",
		"extract folder:x --weights .hi":     ".hidden/",
	} {
		words := strings.Split(args, " ")
		_, out, _ := fc7(t, append([]string{"__complete"}, words...)...)
		var got []string
		for line := range strings.Lines(out) {
			if word, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); word != "" && word[0] != ':' {
				got = append(got, word)
			}
		}
		if w := strings.Fields(want); !slices.Equal(got, w) {
			t.Errorf("%q: %q, expected %q", args, got, w)
		}
	}
	// A word that goes on gets no space behind it.
	if _, out, _ := fc7(t, "__complete", "extract", "fold"); !strings.HasSuffix(strings.TrimSpace(out), ":6") {
		t.Errorf("%s", out)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := want(t, exitDone, "completion", shell); !strings.Contains(out, "__complete") {
			t.Errorf("%s: %s", shell, out)
		}
	}
}
