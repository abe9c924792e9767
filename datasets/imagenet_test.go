package datasets

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The development kit in small: meta.mat by scipy (testdata/meta.py) with the ids 1 to 4; n01440764, first of the
// outputs, has the number 3.
const truthText = "3\n1\r\n4\n3\n"

func kit(t *testing.T, meta string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", meta))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"data/ILSVRC2012_validation_ground_truth.txt": truthText,
		"data/meta.mat": string(data),
		"readme.txt":    "the devkit",
	}
}

var trainFiles = map[string]string{
	"n01440764/n01440764_10026.JPEG": "tench 1",
	"n01440764/n01440764_9.JPEG":     "tench 2, longer",
	"n02119789/n02119789_1.JPEG":     "fox",
}

var valFiles = map[string]string{
	"ILSVRC2012_val_00000001.JPEG": "val one",
	"ILSVRC2012_val_00000002.JPEG": "val two, longer",
	"ILSVRC2012_val_00000003.JPEG": "val three",
}

// under puts a folder before names.
func under(dir string, files map[string]string) map[string]string {
	out := make(map[string]string)
	for name, content := range files {
		out[dir+"/"+name] = content
	}
	return out
}

func join(parts ...map[string]string) map[string]string {
	out := make(map[string]string)
	for _, p := range parts {
		for name, content := range p {
			out[name] = content
		}
	}
	return out
}

// tarOf packs files in the order of a sorted list of names.
func tarOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range sortedKeys(files) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), Format: tar.FormatGNU}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// trainTars are the class tars of trainFiles.
func trainTars(t *testing.T) map[string]string {
	byClass := make(map[string]map[string]string)
	for name, content := range trainFiles {
		wnid, base, _ := strings.Cut(name, "/")
		if byClass[wnid] == nil {
			byClass[wnid] = make(map[string]string)
		}
		byClass[wnid][base] = content
	}
	tars := make(map[string]string)
	for wnid, files := range byClass {
		tars[wnid+".tar"] = tarOf(t, files)
	}
	return tars
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// listing is what every layout must give: key, label, split and the bytes.
func listing(t *testing.T, s *Set) string {
	t.Helper()
	var b strings.Builder
	for _, it := range s.Items {
		r, err := it.At.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		fmt.Fprintf(&b, "%s %v %v %s\n", it.ID, it.Labels(), it.Splits(), data)
	}
	return b.String()
}

const trainListing = `train/n01440764/n01440764_10026.JPEG [n01440764] [train] tench 1
train/n01440764/n01440764_9.JPEG [n01440764] [train] tench 2, longer
train/n02119789/n02119789_1.JPEG [n02119789] [train] fox
`

const valListing = `val/ILSVRC2012_val_00000001.JPEG [n01440764] [val] val one
val/ILSVRC2012_val_00000002.JPEG [n02119789] [val] val two, longer
val/ILSVRC2012_val_00000003.JPEG [n03255030] [val] val three
`

// Whatever the layout, keys, order, labels and bytes are the same.
func TestImageNetLayouts(t *testing.T) {
	solution := map[string]string{"LOC_val_solution.csv": "ImageId,PredictionString\n" +
		"ILSVRC2012_val_00000002,n02119789 1 2 3 4 n02119789 5 6 7 8 \nILSVRC2012_val_00000003,n03255030 1 2 3 4\nILSVRC2012_val_00000001,n01440764 1 2 3 4\n"}
	byClass := map[string]string{
		"val/n01440764/ILSVRC2012_val_00000001.JPEG": "val one",
		"val/n02119789/ILSVRC2012_val_00000002.JPEG": "val two, longer",
		"val/n03255030/ILSVRC2012_val_00000003.JPEG": "val three",
	}
	flat := make(map[string]string)
	for name, content := range trainFiles {
		flat["train/"+filepath.Base(name)] = content
	}
	archives := map[string]string{
		"ILSVRC2012_img_train.tar":     tarOf(t, trainTars(t)),
		"ILSVRC2012_img_val.tar":       tarOf(t, valFiles),
		"ILSVRC2012_devkit_t12.tar.gz": zipped(t, tarOf(t, under("ILSVRC2012_devkit_t12", kit(t, "meta.mat")))),
	}
	mapping := map[string]string{
		"devkit/data/ILSVRC2012_validation_ground_truth.txt": truthText,
		"devkit/data/map_clsloc.txt":                         "n02119789 1 kit_fox\nn02100735 2 English_setter\nn01440764 3 tench\nn03255030 4 dumbbell\n",
	}
	ids := map[string]string{"imagenet_2012_validation_synset_labels.txt": "n01440764\nn02119789\nn03255030\n"}
	for name, files := range map[string]map[string]string{
		"folders, devkit":       join(under("train", trainFiles), under("val", valFiles), under("ILSVRC2012_devkit_t12", kit(t, "meta.mat"))),
		"folders, plain meta":   join(under("train", trainFiles), under("val", valFiles), under("ILSVRC2012_devkit_t12", kit(t, "meta_plain.mat"))),
		"as published":          archives,
		"class tars, mapping":   join(under("train", trainTars(t)), under("val", valFiles), mapping),
		"localisation, CSV":     join(under("ILSVRC/Data/CLS-LOC/train", trainFiles), under("ILSVRC/Data/CLS-LOC/val", valFiles), solution),
		"val by class":          join(under("train", trainFiles), byClass),
		"flat train, id list":   join(flat, under("ILSVRC2012_img_val", valFiles), ids),
		"upper case, kit above": join(under("Train", trainFiles), under("VAL", valFiles), under(".", kit(t, "meta.mat"))),
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, files)
			s := mustOpen(t, "imagenet:"+root, Options{})
			if got := listing(t, s); got != trainListing+valListing {
				t.Errorf("got\n%s", got)
			}
			if got := strings.Join(s.Classes, " "); got != "n01440764 n02119789 n03255030" {
				t.Errorf("classes %s", got)
			}
			for split, want := range map[string]string{"train": trainListing, "val": valListing} {
				if got := listing(t, mustOpen(t, "imagenet:"+root, Options{Split: split})); got != want {
					t.Errorf("%s: got\n%s", split, got)
				}
			}
		})
	}
}

// A split that is not asked for is not looked at: its archive may be broken.
func TestImageNetLeavesOtherSplitsAlone(t *testing.T) {
	root := tree(t, join(under("val", valFiles), map[string]string{"ILSVRC2012_img_train.tar": "no tar"}, kit(t, "meta.mat")))
	mustOpen(t, "imagenet:"+root, Options{Split: "val"})
	_, err := Open(t.Context(), "imagenet:"+root, Options{})
	wantError(t, err, "ILSVRC2012_img_train.tar", "tar")
}

func TestImageNetNotes(t *testing.T) {
	files := join(under("train", trainFiles), under("val", valFiles), kit(t, "meta.mat"), map[string]string{
		"train/n00000001/a.JPEG": "x", "train/n00000001/list.txt": "x", "train/n00000001/deep/a.JPEG": "x",
		"train/readme.txt": "x", "val/odd.JPEG": "x", "val/.hidden.JPEG": "x", "val/ILSVRC2012_val_00000099.JPEG": "x",
	})
	s := mustOpen(t, "imagenet:"+tree(t, files), Options{})
	notes := strings.Join(s.Notes, "\n")
	for _, want := range []string{
		"without a label in", "2 images (val/ILSVRC2012_val_00000099.JPEG, val/odd.JPEG)",
		"not of the 1000 classes of ILSVRC-2012: 1 class (n00000001)",
		"of the 1000 classes of ILSVRC-2012 there are 3 here",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes\n%s\nlack %q", notes, want)
		}
	}
	want := skipSpecial
	for _, want = range []string{
		skipExtension + ": train/n00000001/list.txt", skipNested + ": train/n00000001/deep",
		skipStray + ": train/readme.txt", skipHidden + ": val/.hidden.JPEG",
	} {
		if !strings.Contains(skipped(s), want) {
			t.Errorf("skipped\n%s\nlacks %q", skipped(s), want)
		}
	}
}

func TestImageNetWithoutTruth(t *testing.T) {
	s := mustOpen(t, "imagenet:"+tree(t, under("val", valFiles)), Options{})
	if len(s.Items) != 3 || len(s.Classes) != 0 || !strings.Contains(strings.Join(s.Notes, "\n"), "found no LOC_val_solution.csv") {
		t.Errorf("%d items, classes %v, notes %q", len(s.Items), s.Classes, s.Notes)
	}
}

func TestImageNetErrors(t *testing.T) {
	truth := func(text string, more ...string) map[string]string {
		f := join(under("val", valFiles), kit(t, "meta.mat"))
		f["data/ILSVRC2012_validation_ground_truth.txt"] = text
		for _, name := range more {
			delete(f, name)
		}
		return f
	}
	solution := func(text string) map[string]string {
		return join(under("val", valFiles), map[string]string{"LOC_val_solution.csv": text})
	}
	bad := truth(truthText)
	bad["data/meta.mat"] = strings.Repeat("x", 200)
	twice := truth(truthText, "data/meta.mat")
	twice["data/map_clsloc.txt"] = "n02119789 1 a\nn02100735 1 b\n"
	for name, c := range map[string]struct {
		files map[string]string
		path  string
		split string
		want  []string
	}{
		"another tree":     {files: map[string]string{"cat/1.jpg": "x"}, want: []string{"no train and no val", "folder:", "expected"}},
		"the split itself": {files: under("val", valFiles), path: "/val", want: []string{"give the folder above val"}},
		"no such split":    {files: under("val", valFiles), split: "train", want: []string{"no train here"}},
		"test":             {files: under("val", valFiles), split: "test", want: []string{"no test here", "no public labels"}},
		"unknown split":    {files: under("val", valFiles), split: "Val", want: []string{"train, val, trainval or test; did you mean val?", `"Val"`}},
		"empty folders":    {files: map[string]string{"val/": ""}, want: []string{"no image"}},
		"no mapping":       {files: truth(truthText, "data/meta.mat"), want: []string{"neither meta.mat nor map_clsloc.txt", "do not follow the order"}},
		"words for ids":    {files: truth("tench\n"), want: []string{"ground_truth.txt:1", `"tench"`}},
		"unknown id":       {files: truth("1\n77\n"), want: []string{"ground_truth.txt:2", "77 is not"}},
		"no MATLAB file":   {files: bad, want: []string{"meta.mat", "version 5"}},
		"an id twice":      {files: twice, want: []string{"map_clsloc.txt", "1 is both n02119789 and n02100735"}},
		"solution damaged": {files: solution("ILSVRC2012_val_00000001,n01440764 1 2\n"), want: []string{"LOC_val_solution.csv:1", "four numbers"}},
		"two classes":      {files: solution("a,n01440764 1 2 3 4 n02119789 1 2 3 4\n"), want: []string{"one class"}},
		"image twice":      {files: solution("a,n01440764 1 2 3 4\na,n01440764 1 2 3 4\n"), want: []string{":2", "listed twice"}},
		"kit cut": {
			files: join(under("val", valFiles), map[string]string{"ILSVRC2012_devkit_t12.tar.gz": zipped(t, "")[:12]}),
			want:  []string{"ILSVRC2012_devkit_t12.tar.gz"},
		},
		"tar cut": {files: map[string]string{"ILSVRC2012_img_train.tar": tarOf(t, trainTars(t))[:4000]}, want: []string{"ILSVRC2012_img_train.tar", "cut"}},
		"found twice": {
			files: map[string]string{"val/n01440764/ILSVRC2012_val_00000001.JPEG": "x", "val/n02119789/ILSVRC2012_val_00000001.JPEG": "x"},
			want:  []string{"ILSVRC2012_val_00000001.JPEG is there twice"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), "imagenet:"+tree(t, c.files)+c.path, Options{Split: c.split})
			wantError(t, err, c.want...)
		})
	}
}

func TestOptionsSplit(t *testing.T) {
	_, err := Open(t.Context(), "folder:"+tree(t, map[string]string{"cat/1.jpg": "x"}), Options{Split: "val"})
	wantError(t, err, "no item of the split val", "no splits")
	csv := tree(t, map[string]string{"a.csv": "path,labels,split\n1.jpg,cat,train\n2.jpg,dog,val\n3.jpg,cat,val\n"})
	if s := mustOpen(t, "csv:"+csv+"/a.csv", Options{Split: "val", PerClass: 1}); ids(s) != "2.jpg 3.jpg" {
		t.Errorf("items %s", ids(s))
	}
	_, err = Open(t.Context(), "csv:"+csv+"/a.csv", Options{Split: "test"})
	wantError(t, err, "no item of the split test; it has train, val")
}

func TestImageNetCounts(t *testing.T) {
	s := &imagenetSet{k: imagenet.KindInfo, set: &Set{}, ids: make(map[string]string)}
	for i := range 49_999 {
		s.add(fmt.Sprintf("val/ILSVRC2012_val_%08d.JPEG", i+1), Location{}, ILSVRC2012()[i%1000].WNID, bitVal)
	}
	s.finish()
	if notes := strings.Join(s.set.Notes, "\n"); notes != "the counts are not those published: val 49999 of 50000 images" {
		t.Errorf("notes %q", notes)
	}
	if len(s.set.Classes) != 1000 {
		t.Errorf("%d classes", len(s.set.Classes))
	}
}
