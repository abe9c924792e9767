package datasets

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestCaffeLists: a list whose lines all end with a number behind an image's name has classes; any other line makes all
// of them paths.
func TestCaffeLists(t *testing.T) {
	root := tree(t, map[string]string{
		"caffe.txt": "cat/1.jpg 0\n./my dog.JPEG\t12\n/abs/3.png  2\n",
		"mixed.txt": "cat/1.jpg 0\ndog/2.jpg\n",
		"odd.txt":   "1.jpg 0\nno image 1\n",
		"twice.txt": "a.jpg 0\n\n./a.jpg 1\n",
	})
	s := mustOpen(t, "list:"+filepath.Join(root, "caffe.txt"), Options{})
	if ids(s) != "cat/1.jpg my dog.JPEG /abs/3.png" || meanings(s) != "0 12 2" || strings.Join(s.Classes, " ") != "0 12 2" {
		t.Errorf("%s: %s of %v", ids(s), meanings(s), s.Classes)
	}
	if at := s.Items[1].At.Path; at != filepath.Join(root, "my dog.JPEG") || !strings.Contains(strings.Join(s.Notes, " "), "Caffe's lists") {
		t.Errorf("%s; %q", at, s.Notes)
	}
	for name, want := range map[string]string{"mixed.txt": "cat/1.jpg 0 dog/2.jpg", "odd.txt": "1.jpg 0 no image 1"} {
		if s := mustOpen(t, "list:"+filepath.Join(root, name), Options{}); ids(s) != want || len(s.Classes) > 0 {
			t.Errorf("%s: %s", name, ids(s))
		}
	}
	_, err := Open(t.Context(), "list:"+filepath.Join(root, "twice.txt"), Options{})
	wantError(t, err, "twice.txt:3: a.jpg is listed twice: first in line 1")
}

// TestLinesOfCR: lines end in CR alone where the text has no LF.
func TestLinesOfCR(t *testing.T) {
	long := strings.Repeat("x", 3000)
	files := map[string]string{
		"l.txt":     "a.jpg\rb/c.jpg\r\r" + long + ".jpg\r" + long + "2.jpg",
		"one.txt":   "a.jpg\r",
		"t.csv":     "\xef\xbb\xbfpath,labels\ra.jpg,cat\r\"b, c.jpg\",dog",
		"lf.csv":    "path,labels\na.jpg,\"c\rat\"\n",
		"train.txt": "000005\r000007\r",
	}
	files["ImageSets/Main/train.txt"] = files["train.txt"]
	files["Annotations/000005.xml"] = "<annotation><object><name>dog</name></object></annotation>"
	root := tree(t, files)
	for spec, want := range map[string]string{
		"list:" + root + "/l.txt":   "a.jpg b/c.jpg " + long + ".jpg " + long + "2.jpg",
		"list:" + root + "/one.txt": "a.jpg",
		"csv:" + root + "/t.csv":    "a.jpg b, c.jpg",
		"csv:" + root + "/lf.csv":   "a.jpg",
		"voc2007:" + root:           "000005 000007",
	} {
		if s := mustOpen(t, spec, Options{}); ids(s) != want {
			t.Errorf("%s: %q", spec, ids(s))
		}
	}
}

// TestBoxesOfTables: corners are rounded as those of VOC's annotations are, and may lie at 0.
func TestBoxesOfTables(t *testing.T) {
	root := tree(t, map[string]string{"t.csv": "path,xmin,ymin,xmax,ymax\na,0,10.5,20.4,30\nb,-1,0.0,5,1e1\n"})
	s := mustOpen(t, "csv:"+root+"/t.csv", Options{})
	if a, b := s.Items[0].Box.Corners(), s.Items[1].Box.Corners(); a != "0 11 20 30" || b != "-1 0 5 10" {
		t.Errorf("%v %v", a, b)
	}
}

// TestPublicShards reads the shared cases of shards that a number refused.
func TestPublicShards(t *testing.T) {
	root := realCase(t, "26-tar-json-nan")
	for name, want := range map[string]string{"json_nan.tar": "cat dog", "json_float.tar": "3 4", "json_labelsstr.tar": "cat dog"} {
		if s := mustOpen(t, "tar:"+filepath.Join(root, name), Options{}); meanings(s) != want {
			t.Errorf("%s: %s, want %s", name, meanings(s), want)
		}
	}
}

// TestLabelsNotLookedAt: what is wrong with a json file refuses a sample only where its labels are looked for.
func TestLabelsNotLookedAt(t *testing.T) {
	shard := func(json string, more ...member) string {
		return string(tarBytes(t, append([]member{{"a.jpg", ""}, {"a.json", json}}, more...)...))
	}
	root := tree(t, map[string]string{
		"cls.tar": shard("{cut", member{"a.cls", "cat"}), "json.tar": shard("{cut"),
		"part.tar": shard(`{"label": 0.5}`), "deep.tar": shard(`{"label": "cat", "box": [NaN, {"x": -Infinity}], "ok": true, "n": 1e999}`),
	})
	for name, want := range map[string]string{"cls.tar": "cat", "deep.tar": "cat"} {
		if s := mustOpen(t, "tar:"+root+"/"+name, Options{}); meanings(s) != want {
			t.Errorf("%s: %s", name, meanings(s))
		}
	}
	_, err := Open(t.Context(), "tar:"+root+"/json.tar", Options{})
	wantError(t, err, "json.tar: at byte", "a.json: read labels")
	_, err = Open(t.Context(), "tar:"+root+"/part.tar", Options{})
	wantError(t, err, "a.json: label: want a name or a whole number, found 0.5")
}
