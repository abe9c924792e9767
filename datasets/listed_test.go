package datasets

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"fc7/internal/hostile"
	"fc7/internal/matfile"
)

func FuzzListedSets(f *testing.F)        { listedTarget().Fuzz(f) }
func TestDamagedListedSets(t *testing.T) { listedTarget().Test(t, "FuzzListedSets") }

// listedTarget reads the lists of a set: the name of its kind, and behind each \x01 the name of a list and, in the next
// lines, the list.
func listedTarget() *hostile.Target {
	const pet = "annotations/trainval.txt\nAbyssinian_1 1 1 1\nAbyssinian_2 1 1 1\nbasset_hound_3 2 2 1\n\x01annotations/test.txt\n# a remark\nAbyssinian_4 1 1 1\n"
	return text(append([]string{"\x01", "_", "images/"}, listWords...), readListedText,
		"pets\x01"+pet,
		"dtd\x01labels/train1.txt\na/a_1.jpg\nb/b_1.jpg\n\x01labels/val1.txt\na/a_2.jpg\n\x01labels/test1.txt\nb/b_2.jpg\n\x01labels/train9.txt\nb/b_2.jpg\n\x01labels/val9.txt\n\x01labels/test9.txt\na/a_1.jpg\n",
		"cub200\x01classes.txt\n1 001.a\n2 002.b\n\x01images.txt\n1 001.a/x.jpg\n2 002.b/y.jpg\n\x01image_class_labels.txt\n1 1\n2 2\n\x01train_test_split.txt\n1 1\n2 0\n\x01bounding_boxes.txt\n1 60.0 27.0 325.0 304.0\n",
		"aircraft\x01variants.txt\n707-320\nA 300\n\x01images_variant_train.txt\n0034309 A 300\n\x01images_variant_val.txt\n1 707-320\n\x01images_variant_test.txt\n2 A 300\n\x01images_box.txt\n1 3 144 998 431\n",
		"food101\x01meta/classes.txt\napple_pie\n\x01meta/train.txt\napple_pie/1\n\x01meta/test.txt\napple_pie/2\r\n",
		"sun397\x01ClassName.txt\n/a/abbey\n/b/box/indoor\n\x01Training_01.txt\n/a/abbey/sun_1.jpg\n\x01Testing_01.txt\n/b/box/indoor/sun_2.jpg\n",
		"pets\x01annotations/trainval.txt\r\na_b_1 12 1 1 more\r\n\x01annotations/test.txt\n",
		"food101\x01meta/classes.txt\na\nb c\n\x01meta/train.txt\nb c/1\na/../2\n\x01meta/test.txt\n",
		"sun397\x01Partitions/ClassName.txt\n/a/abbey\n\x01Partitions/Training_01.txt\n/a/abbey/1.jpg\n\x01Partitions/Testing_01.txt\n\x01Partitions/Testing_02.txt\n/a/abbey/1.jpg\n\x01Partitions\n",
		"mit67\x01TrainImages.txt\na b/x y.jpg\nc/z.jpg\n\x01TestImages.txt\nc/w.jpg",
	)
}

func readListedText(in io.Reader, r *hostile.Result) error {
	all, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	parts := strings.Split(string(all), "\x01")
	lists := make(map[string]string)
	for _, p := range parts[1:] {
		name, list, _ := strings.Cut(p, "\n")
		lists[name] = list
	}
	for _, t := range []listedSet{pets, dtd, cub200, aircraft, food101, sun397, mit67} {
		if t.Name != parts[0] {
			continue
		}
		l := newLister(t.KindInfo, "root", ObjectsBoth)
		l.open = func(name string) (io.ReadCloser, error) {
			if list, ok := lists[name]; ok {
				return io.NopCloser(strings.NewReader(list)), nil
			}
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		l.stat = func(name string) error {
			if _, ok := lists[name]; !ok {
				return fs.ErrNotExist
			}
			return nil
		}
		if err := t.read(l); err != nil {
			return err
		}
		s, err := l.finish(t)
		if err != nil {
			return err
		}
		checkSet(r, s)
		for _, it := range s.Items {
			if !fs.ValidPath(it.ID) || it.Box != nil && !sound(*it.Box, 2*math.MaxInt32) {
				r.Errorf("item %+v, box %+v", it, it.Box)
			}
		}
		noteSet(s, r)
		return nil
	}
	return fmt.Errorf("no kind %q", parts[0])
}

// TestListedCounts: a set of another size than was published says so; one that is cut down to less than half, or drawn,
// does not.
func TestListedCounts(t *testing.T) {
	lists := func(train, test, classes int) string {
		var b [2]strings.Builder
		for i := range train + test {
			fmt.Fprintf(&b[min(i/train, 1)], "class %d/%d.jpg\n", i%classes, i)
		}
		return tree(t, map[string]string{"TrainImages.txt": b[0].String(), "TestImages.txt": b[1].String()})
	}
	for _, c := range []struct {
		train, test, classes int
		want                 string
	}{
		{5360, 1340, 67, ""},
		{5360, 1339, 67, "the counts are not those published: test 1339 of 1340 images"},
		{5360, 1340, 66, "the set was published with 67 classes, here are 66"},
		{2000, 600, 9, ""},
	} {
		s := mustOpen(t, "mit67:"+lists(c.train, c.test, c.classes), Options{})
		if got := strings.Join(s.Notes, "|"); got != c.want {
			t.Errorf("%+v: notes %q", c, got)
		}
	}
}

// TestListedMATLAB: what the files of MATLAB say is checked as lists are.
func TestListedMATLAB(t *testing.T) {
	row := func(n ...float64) matfile.Written { return n }
	mat := func(names []string, values ...matfile.Written) string {
		var b strings.Builder
		if err := matfile.Write(&b, names, values); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	ids := []string{"trnid", "valid", "tstid"}
	flowers := func(labels matfile.Written, splits ...matfile.Written) map[string]string {
		return map[string]string{"imagelabels.mat": mat([]string{"labels"}, labels), "setid.mat": mat(ids, splits...)}
	}
	for want, files := range map[string]map[string]string{
		"":                            flowers(row(2, 1, 2), row(3), row(1), row(2)),
		"image 4, but":                flowers(row(2, 1, 2), row(4), row(1), row(2)),
		"listed twice":                flowers(row(2, 1, 2), row(3, 2), row(1), row(2)),
		"want whole numbers from 1":   flowers(row(2, 0, 2), row(3), row(1), row(2)),
		"want the variable labels":    {"imagelabels.mat": mat([]string{"label"}, row(1)), "setid.mat": mat(ids, row(1), row(1), row(1))},
		"want a MATLAB file":          {"imagelabels.mat": "no", "setid.mat": "no"},
		"labels: ":                    flowers("text", row(3), row(1), row(2)),
		"setid.mat: cannot be opened": {"imagelabels.mat": mat([]string{"labels"}, row(1))},
	} {
		root := tree(t, files)
		s, err := Open(t.Context(), "flowers102:"+root, Options{})
		if want == "" {
			if err != nil || ids3(s) != "jpg/image_00003.jpg:002 jpg/image_00001.jpg:002 jpg/image_00002.jpg:001" || strings.Join(s.Classes, " ") != "001 002" {
				t.Errorf("%v, %v", s, err)
			}
			continue
		}
		wantError(t, err, want, root)
	}
	files := mat([]string{"file_list"}, []string{"b/1.jpg", "a/2.jpg"})
	for want, test := range map[string]string{
		"which is none of": "", "want a cell array": mat([]string{"file_list"}, row(1)), "b/1.jpg is listed twice": files,
		"image 1: want the path": mat([]string{"file_list"}, []string{"../x/1.jpg"}),
	} {
		if test != "" {
			_, err := Open(t.Context(), "dogs:"+tree(t, map[string]string{"train_list.mat": files, "test_list.mat": test}), Options{})
			wantError(t, err, want, "test_list.mat")
		}
	}
}

func ids3(s *Set) string {
	var all []string
	for _, it := range s.Items {
		all = append(all, it.ID+":"+it.Labels()[0])
	}
	return strings.Join(all, " ")
}

// TestDamagedHeads: a damaged annotation is counted, and its image has no box.
func TestDamagedHeads(t *testing.T) {
	root := tree(t, map[string]string{
		"annotations/trainval.txt": "a_1 1 1 1\nb_1 2 1 1\n", "annotations/test.txt": "a_2 1 1 1\n",
		"annotations/xmls/a_1.xml": exampleXML, "annotations/xmls/b_1.xml": "<annotation",
	})
	s := mustOpen(t, "pets:"+root, Options{Objects: ObjectsBox})
	notes := strings.Join(s.Notes, "|")
	if len(s.Items) == 0 || s.Items[0].ID != "images/a_1.jpg" || !strings.Contains(notes, "2 of 3 images have no box|1 of 2 annotations cannot be read") {
		t.Errorf("%v, notes %q", ids(s), notes)
	}
}

// TestSplitBits: names and bits of splits are one another's, and an item is in one split of a division.
func TestSplitBits(t *testing.T) {
	var all splitBits
	var want []string
	for _, name := range []string{"train", "val", "trainval", "test", "train1", "test2", "val10", "test14"} {
		bits, known := splitBitsOf(name)
		both, fits := all.with(bits)
		if !known || !fits {
			t.Fatal(name)
		}
		all = both
		want = append(want, name)
	}
	if got := all.names(); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%v, want %v", got, want)
	}
	for _, name := range []string{"", "train0", "train01", "train15", "trainval1", "test-1", "Train", "train1 "} {
		if _, ok := splitBitsOf(name); ok {
			t.Errorf("%q is a split", name)
		}
	}
	for name, ok := range map[string]bool{"test3": true, "val": true, "test15": false, "tests": false} {
		if got, err := ParseSplit(name); (err == nil) != ok || ok && got != name {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	two, _ := splitBitsOf("test1")
	if _, ok := all.with(two); ok {
		t.Error("in train1 and in test1")
	}
	var it Item
	it.SetSplits("val3", "test", "val3")
	if got := strings.Join(it.Splits(), " "); got != "test val3" {
		t.Errorf("%q", got)
	}
}

// TestDividedSplitFile: splits of several divisions are written and read again, by the item and by the index.
func TestDividedSplitFile(t *testing.T) {
	s := &Set{Items: []Item{{ID: "a"}, {ID: "b"}}}
	s.Items[0].SetSplits("train1", "test2")
	s.Items[1].SetSplits("test1", "val2")
	var b strings.Builder
	if _, err := WriteSplits(&b, s); err != nil {
		t.Fatal(err)
	}
	f, err := parseSplits("f", strings.NewReader(b.String()), splitLimits)
	if err != nil {
		t.Fatal(err)
	}
	other := &Set{Items: []Item{{ID: "a"}, {ID: "b"}}}
	if err := f.apply(other); err != nil || strings.Join(other.Items[1].Splits(), " ") != "test1 val2" || strings.Join(other.SplitNames(), " ") != "train1 test1 val2 test2" {
		t.Errorf("%v, %v", other.SplitNames(), err)
	}
	if _, err := parseSplits("f", strings.NewReader("image\tsplit\na\ttrain1;test1\n"), splitLimits); err == nil || !strings.Contains(err.Error(), "f:2: a leak") {
		t.Error(err)
	}
	row := IndexedSet{}.indexRowOf(&s.Items[1], Pin{})
	if back := splitBits(uint32(row.Splits)); back != s.Items[1].splits {
		t.Errorf("%v by the index", back.names())
	}
	if _, err := os.Stat("f"); err == nil {
		t.Error("a file was written")
	}
}

// TestKeepDivision: of several divisions one is left, with splits that have no number.
func TestKeepDivision(t *testing.T) {
	s := &Set{Items: []Item{{ID: "a"}, {ID: "b"}}}
	s.Items[0].SetSplits("train1", "test2")
	s.Items[1].SetSplits("test1")
	if err := s.KeepDivision(2); err != nil || strings.Join(s.SplitNames(), " ") != "test" || s.Items[1].Splits() != nil {
		t.Errorf("%v, %v", s.SplitNames(), err)
	}
	for _, n := range []int{0, 2, -1} {
		if err := s.KeepDivision(n); err == nil {
			t.Errorf("division %d of a set of one", n)
		}
	}
}
