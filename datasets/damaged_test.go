package datasets

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"fc7/internal/escape"
	"fc7/internal/hostile"
)

func FuzzCSV(f *testing.F)           { textTargets()["FuzzCSV"].Fuzz(f) }
func FuzzJSONLines(f *testing.F)     { textTargets()["FuzzJSONLines"].Fuzz(f) }
func FuzzList(f *testing.F)          { textTargets()["FuzzList"].Fuzz(f) }
func FuzzSplits(f *testing.F)        { textTargets()["FuzzSplits"].Fuzz(f) }
func FuzzActionList(f *testing.F)    { textTargets()["FuzzActionList"].Fuzz(f) }
func FuzzImageList(f *testing.F)     { textTargets()["FuzzImageList"].Fuzz(f) }
func FuzzClassList(f *testing.F)     { textTargets()["FuzzClassList"].Fuzz(f) }
func FuzzJSONLabels(f *testing.F)    { textTargets()["FuzzJSONLabels"].Fuzz(f) }
func FuzzAnnotation(f *testing.F)    { textTargets()["FuzzAnnotation"].Fuzz(f) }
func FuzzImageNetTruth(f *testing.F) { textTargets()["FuzzImageNetTruth"].Fuzz(f) }
func FuzzRowFile(f *testing.F)       { textTargets()["FuzzRowFile"].Fuzz(f) }

func TestDamagedTexts(t *testing.T) { hostile.Tests(t, textTargets()) }

// text is a target of texts, which are also read in pieces.
func text(words []string, read func(in io.Reader, r *hostile.Result) error, seeds ...string) *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts(seeds...),
		Words: words,
		Read:  func(file []byte, r *hostile.Result) error { return read(bytes.NewReader(file), r) },
		Again: func(file []byte, r *hostile.Result) error {
			if len(file) > 1000 {
				return read(iotest.HalfReader(bytes.NewReader(file)), r)
			}
			return read(iotest.OneByteReader(bytes.NewReader(file)), r)
		},
		Alloc: func(n int) uint64 { return 16<<20 + 500*uint64(n) },
	}
}

// namesPlace notes whether an error names where it is.
func namesPlace(err error, place string, r *hostile.Result) error {
	if !strings.Contains(err.Error(), place) {
		r.Errorf("error %q names no place", err)
	}
	return err
}

var (
	listWords = []string{"\n", "\r\n", "\r", " ", "\t", "\xef\xbb\xbf", "-1", "0", "1", "2", "..", "/", "\\", "\x00", "\xff", "2010_000001 ", "99999999999"}
	csvWords  = []string{
		"path", "id", "labels", "ignored", "split", "object", "xmin", "ymin", "xmax", "ymax", "file_name", "class", ",", ";", "\t", "|", "\"", "\"\"", "\n", "\r\n", "\xef\xbb\xbf",
		"-1", "0", "1", "1e1", "10.5", "..", "/", "NaN", "train", "test",
	}
	jsonWords = []string{
		"{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud800", "null", "true", "NaN", "-Infinity", "1e3", "1.5", "\"path\"", "\"labels\"", "\"label\"", "\"split\"",
		"\"xmin\"", "\"object\"", "\n", "\\\"",
	}
	xmlWords = []string{
		"<object>", "</object>", "<name>", "</name>", "<bndbox>", "</bndbox>", "<xmin>", "</xmin>", "<part>", "</part>", "<actions>", "</actions>", "<size>", "</size>", "<width>", "</width>",
		"<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&#x0;", "&a;", "<?xml version=\"1.0\" encoding=\"gb2312\"?>", "<!DOCTYPE a [<!ENTITY a \"b\">]>", "<difficult>1</difficult>", "-1", "1e9", "0.35",
		"<pose>Left</pose>", "<truncated>",
	}
	wnidWords = []string{"n01440764", "n02119789", ",", " ", "\n", "\r\n", "\t", "ImageId,PredictionString\n", "ILSVRC2012_val_00000001", "1", "0", "-1", "\x00"}
)

// textTargets are the readers of texts.
func textTargets() map[string]*hostile.Target {
	return map[string]*hostile.Target{
		"FuzzCSV": text(csvWords, readCSVText,
			"path,labels\na,b;c\n", "path\tsplit\na\ttrain\n", "path,object,xmin,ymin,xmax,ymax\na,1,1,1,2,2\n",
			"\xef\xbb\xbfpath\r\n\"a\nb\"\r\n", "path,id,ignored\na,\xff,x|\x00\n", "path,path", "path\n\"", "path,labels\ra,b\r", "file_name,class\na,b\n",
			"path,xmin,ymin,xmax,ymax\na,0,10.5,-1,1e1", "path,xmin,ymin,xmax,ymax\na,0,-2.5,4,1e9\n", "path,xmin,ymin,xmax,ymax\na,1,1,2,2\na,1,1,2,2.0",
			"path,labels,split,id\na.jpg,\"x;y\",train,one\nb.jpg,,test,two\nc.jpg,\"z\",\"train;test\",three\n", "image,label\nd/e.png,cat\nd/f.png,dog\n",
		),
		"FuzzJSONLines": text(jsonWords, readCSVText,
			"{\"path\": \"a\", \"labels\": [\"b\", NaN], \"xmin\": 1}\n{\"path\": null}", "{\"path\": \"a\", \"labels\": [\"b\", \"c\"], \"split\": \"train\"}\n{\"path\": \"d\", \"labels\": []}\n",
			"{\"file_name\": \"a.jpg\", \"label\": 3}\n{\"file_name\": \"b.jpg\", \"label\": null}\n", "{\"path\": \"a\", \"object\": 1, \"xmin\": 1, \"ymin\": 2, \"xmax\": 3.5, \"ymax\": 4}\n",
			"{\"path\": \"a\\u00e9\", \"more\": {\"x\": [1, {\"y\": null}]}}\n\n{\"path\": \"b\"}", "\xef\xbb\xbf{\"path\":\"a\"}\r\n{\"path\":\"b\"}\r\n",
			"{\"path\": \"a\", \"labels\": \"x\"}\n", "{\"image\": \"d/a\", \"class\": \"x\"}\n{\"image\": \"d/b\"}\n", "{\"path\":\"a\",\"id\":\"k\",\"split\":[\"train\",\"val\"]}", "{\"path\": \"a\", \"ignored\": [\"x\"], \"labels\": [\"y\"]}\n{\"path\": \"b\", \"ignored\": null, \"labels\": null}\n",
		),
		"FuzzList": text(listWords, readListText, "a.jpg\r\nb.jpg\n", "a\n./a", "\xef\xbb\xbfx", "../../etc/x", "/a//b", "\xff\x00", ".", " \n", "a.jpg 0\nb.png\t12\n",
			"a.jpg 0\r.jpg  1\r", strings.Repeat("y", 300), "d/a b.jpg\nd/c.jpg\n# no comment\n"),
		"FuzzSplits": text([]string{"image", "object", "split", "\t", "\n", "\r\n", "train", "val", "test", ";", "\\x00", "1", "-1"}, readSplitsText,
			"image\tsplit\na\ttrain\n", "image\tobject\tsplit\r\na\t1\ttest\na\t\ttest;test\n", "image\tsplit\n\\x00\tval", "x", "image\tsplit\na\ttrain;val\nb\ttest\nc\t\n",
			"\xef\xbb\xbfimage\tsplit\na\ttest\n", "image\tobject\tsplit\na\t1\ttrain\na\t2\tval\nb\t\t\n", "split\timage\ntrain\ta\n", "image\tsplit\ra\ttrain\r", "image\tsplit\n"),
		"FuzzActionList": text(listWords, readActionText, "2010_000001 1\n2010_000001 2\r\n", "a\nb 1\n", "", "a 0", "a 1 -1\n", "\xef\xbb\xbfa 3 1\na 3 1", "a 99999999999 0",
			"2010_000001  1  1\n2010_000002  2 -1\n", "a 1 1\na 2 -1\nb 1 0\n", "\n 2010_000003 4\n"),
		"FuzzImageList": text(listWords, readImageListText, "000012\r\n000017\r\n", "a\n\na", "a b", "\xef\xbb\xbfx", "..", "\xef\xbb\xbf\xef\xbb\xbf0", "\xff", strings.Repeat("y", 1030), "a\nb\nc\n", "2007_000032", "x.y\r\nz\n", ""),
		"FuzzClassList": text(listWords, readClassListText, "000012 -1\r\n000017  1\r\n", "a 0", "a 2", "a", "a 1\na 1", "a 1 1", "a -1\nb  1\nc  0\n", "x 1\r\ny -1\r\n", "\xef\xbb\xbfx 1\n", "2007_000032 -1\r2007_000033  1\r"),
		"FuzzJSONLabels": text(jsonWords, readJSONLabelsText, `{"label": "cat"}`, `{"labels": [1, "b", null]}`, `[]`, `{"label": 1e3}`, `{"label": "\ud800"}`, `{`,
			`{"label": NaN, "x": "\\\"NaN"}`, `{"labels": [], "label": [true, 3.0]}`, `{"label": -Infinity}`, `{"label": ["a", "b"], "more": {"x": [1, 2, {"y": "z"}]}}`, `{"labels": null}`),
		"FuzzAnnotation": text(xmlWords, readAnnotationText,
			exampleXML, catXML, actionXML("jumping", "walking"), "<annotation/>", "<annotation><object><name>x</name><bndbox/></object></annotation>",
			"<?xml version=\"1.0\" encoding=\"gb2312\"?><annotation><object><name>\xcd\xbc</name><truncated>0.35</truncated></object></annotation>",
			"<annotation><size><width>3</width><height>4</height><depth>3</depth></size><object><name>a</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>"+
				"<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part></object></annotation>",
			"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- by hand --><annotation verified=\"yes\"><object><name><![CDATA[a & b]]></name></object></annotation>",
			"<annotation><object><name>a</name><bndbox><ymax>9</ymax><xmax>8.5</xmax><ymin>-1</ymin><xmin>0</xmin></bndbox></object></annotation>",
			"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><annotation><folder>\xe9</folder><filename>x.jpg</filename><object><name>b\xe9b\xe9</name><pose>Unspecified</pose><truncated>Unspecified</truncated><difficult>Unspecified</difficult></object></annotation>",
			"<annotation>\r\n<size><width>0</width><height>0</height></size><segmented>0</segmented><object><name>a &lt;b&gt; &#233;</name><occluded>1</occluded><difficult>true</difficult></object></annotation>\r\n",
			"<annotation><object><name>person</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox><point><x>2</x><y>3</y></point><actions><jumping>0</jumping><other>1</other></actions></object><object><name>x</name></object></annotation>",
		),
		"FuzzImageNetTruth": text(wnidWords, readTruthText,
			"ImageId,PredictionString\nILSVRC2012_val_00000001,n01440764 1 2 3 4 n01440764 5 6 7 8\n\x01n02119789 1 kit_fox\n",
			"n01440764\r\nn02119789\n\x01n02119789 1\nn01440764 3 tench\n", "3\n1\n1\n\x01n02119789 1 kit_fox\nn01440764 2 tench\nn02100735 3 x\n",
			"ImageId,PredictionString\r\nILSVRC2012_val_00000002,n02119789 1 2 3 4 \r\nILSVRC2012_val_00000001,n01440764 1 2 3 4\r\n", "n01440764", "1\n\x01n01440764 1\n", "1\r2\r\x01n01440764 1 a\rn02119789 2 b\r",
			"ImageId,PredictionString\nx.JPEG,n01440764\n", "n02119789 \n n01440764\n", "2\n\x01n02119789 2 kit fox, Vulpes\n"),
		"FuzzRowFile": text(csvWords, readRowText, "image\tlabels\na\tx;y\nb\t\n", "image,labels\na,x\n", "image\tobject\tlabels\na\t1\tx\n", "image,label\n\"a\",b\n",
			"image\tobject\tlabels\na\t1\tx;y\na\t2\t\nb\t\tz\n", "\xef\xbb\xbfimage,labels\r\na,x|y\r\n", "image\tlabels\tignored\na\tx\ty\n", "labels\timage\nx\ta\n", "image,object,labels\na,0,x\n", "image\tlabels\ra\tx\r"),
	}
}

func noteSet(s *Set, r *hostile.Result) {
	for _, it := range s.Items {
		r.Text(it.ID, it.At.Path)
		r.Text(it.Labels()...)
		r.Text(it.Ignored()...)
		r.Text(it.Splits()...)
		r.Int(it.Object)
	}
}

func readCSVText(in io.Reader, r *hostile.Result) error {
	s, err := readCSV(csvTable.KindInfo, "t.csv", in, 0, csvLimits{bytes: 1 << 16, json: 1 << 16, record: 1 << 12, rows: 30}, Options{}, nil)
	if err != nil {
		return namesPlace(err, "t.csv:", r)
	}
	checkSet(r, s)
	for _, it := range s.Items {
		if b := it.Box; (b == nil) != (it.Object == 0) || b != nil && !sound(*b, math.MaxInt32) {
			r.Errorf("item %+v, box %+v", it, b)
		}
	}
	noteSet(s, r)
	return nil
}

// sound tells whether a box is none inside out, and none so far away that sums of its corners overflow. It may reach
// beyond its image.
func sound(b Box, most float64) bool {
	b = b.rounded()
	return b.XMin <= b.XMax && b.YMin <= b.YMax && min(b.XMin, b.YMin) >= -most && max(b.XMax, b.YMax) <= most
}

func readListText(in io.Reader, r *hostile.Result) error {
	s, err := readList(list.KindInfo, "list", "dir", in, 0, lineLimits{bytes: 1000, line: 200, lines: 50, what: "a list"}, nil)
	if err != nil {
		return namesPlace(err, "list:", r)
	}
	checkSet(r, s)
	if len(s.Items) > 50 {
		r.Errorf("%d items", len(s.Items))
	}
	for _, it := range s.Items {
		if escape.Name(strings.ReplaceAll(it.ID, `\`, "")) != strings.ReplaceAll(it.ID, `\`, "") {
			r.Errorf("key %q is not printable", it.ID)
		}
	}
	noteSet(s, r)
	return nil
}

func readSplitsText(in io.Reader, r *hostile.Result) error {
	got, err := parseSplits("f", in, splitLimits)
	if err != nil {
		return err
	}
	set := &Set{}
	for key, bits := range got.bits {
		set.Items = append(set.Items, Item{ID: key.id, Object: key.object, splits: bits})
	}
	var b bytes.Buffer
	if _, err := WriteSplits(&b, set); err != nil {
		r.Errorf("writing: %v", err)
		return nil
	}
	again, err := parseSplits("g", &b, splitLimits)
	if err != nil || !maps.Equal(again.bits, got.bits) {
		r.Errorf("%v reads back as %v, %v", got, again, err)
	}
	r.Int(len(got.bits))
	return nil
}

func readActionText(in io.Reader, r *hostile.Result) error {
	all, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	ids, err := parseActionList("f", bytes.NewReader(all), func(actionLine) {})
	if err == nil {
		for _, id := range ids {
			if checkID(id) != nil {
				r.Errorf("took %q", id)
			}
		}
		r.Text(ids...)
	}
	lines, err2 := parseActionClassList("f", bytes.NewReader(all))
	if err2 != nil {
		return err
	}
	for _, l := range lines {
		if checkID(l.id) != nil || l.object < 1 || l.object > maxObjects || l.value == vocUnknown {
			r.Errorf("took %+v", l)
		}
		r.Text(l.id)
	}
	return nil
}

func readImageListText(in io.Reader, r *hostile.Result) error {
	ids, err := parseImageList("list", in)
	if err != nil {
		return namesPlace(err, "list:", r)
	}
	for _, id := range ids {
		if id == "" || strings.ContainsAny(id, "/\\\x00") || strings.Trim(id, ".") == "" {
			r.Errorf("id %q", id)
		}
	}
	again, err := parseImageList("list", strings.NewReader(strings.Join(ids, "\r\n")))
	if err != nil || !slices.Equal(again, ids) {
		r.Errorf("%q written and read again is %q, %v", ids, again, err)
	}
	r.Text(ids...)
	return nil
}

func readClassListText(in io.Reader, r *hostile.Result) error {
	lines, err := parseClassList("list", in)
	if err != nil {
		return namesPlace(err, "list:", r)
	}
	var b strings.Builder
	for i, l := range lines {
		fmt.Fprintf(&b, "%s %2s\n", l.id, l.value)
		lines[i].number = i + 1
	}
	r.Text(b.String())
	again, err := parseClassList("list", strings.NewReader(b.String()))
	if err != nil || !slices.Equal(again, lines) {
		r.Errorf("%v written and read again is %v, %v", lines, again, err)
	}
	return nil
}

func readJSONLabelsText(in io.Reader, r *hostile.Result) error {
	labels, _, err := readJSONLabels(in, 100)
	for _, l := range labels {
		if l == "" || strings.ContainsAny(l, "\x00\n\r") || err != nil {
			r.Errorf("label %q, %v", l, err)
		}
	}
	r.Text(labels...)
	return err
}

func readAnnotationText(in io.Reader, r *hostile.Result) error {
	a, err := parseAnnotation(in)
	if err != nil {
		return err
	}
	if a.Width < 0 || a.Height < 0 || a.Depth < 0 || len(a.Objects) > maxObjects {
		r.Errorf("annotation %+v", a)
	}
	for _, o := range a.Objects {
		if o.name == "" || o.Box != nil && !sound(*o.Box, maxPixels) {
			r.Errorf("object %+v", o)
		}
		r.Text(o.name)
	}
	r.Int(a.Width, a.Height, len(a.Objects))
	var c boxCounts
	if c.settle(a, len(a.Objects)%2) != nil {
		return nil
	}
	for _, o := range a.Objects {
		if b := o.Box; b != nil && (b.XMin > b.XMax || b.YMin > b.YMax || b.drawn.width > 0 && !b.Pixels(b.Drawn()).In(image.Rect(0, 0, a.Width, a.Height))) {
			r.Errorf("%+v is taken of a picture of %dx%d", *b, a.Width, a.Height)
		}
	}
	r.Int(c.boxless, c.turned, c.clipped, c.outside, c.unsized)
	return nil
}

// readTruthText reads two texts, which the byte 1 parts.
func readTruthText(in io.Reader, r *hostile.Result) error {
	all, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	truth, mapping, _ := strings.Cut(string(all), "\x01")
	solution, err1 := parseSolution("a", strings.NewReader(truth))
	ids, err2 := parseIDs("a", strings.NewReader(truth))
	kit, err3 := kitFiles{truth: strings.NewReader(truth), mapping: strings.NewReader(mapping)}.read("a")
	for i, v := range []*valTruth{solution, ids, kit} {
		if []error{err1, err2, err3}[i] != nil {
			continue
		}
		for n, wnid := range v.byNumber {
			if !isWNID(wnid) {
				r.Errorf("line %d is of class %q", n+1, wnid)
			}
		}
		for image, wnid := range v.byName {
			if !isWNID(wnid) {
				r.Errorf("%q is of class %q", image, wnid)
			}
		}
		r.Int(len(v.byNumber), len(v.byName))
	}
	boxes, err := parseBoxList("a", strings.NewReader(truth))
	if (err == nil) && (err1 != nil || len(boxes) != len(solution.byName)) {
		r.Errorf("boxes of %d images, %v; classes of %+v, %v", len(boxes), err, solution, err1)
	}
	numbers, err := parseBlacklist("a", strings.NewReader(truth))
	if err == nil {
		r.Int(len(numbers))
	} else if !strings.HasPrefix(err.Error(), "a:") {
		r.Errorf("error %q names no place", err)
	}
	for stem := range boxes {
		a := listedAnnotation(boxes[stem])
		if err := new(boxCounts).settle(a, 0); err != nil {
			r.Errorf("%q: %v", stem, err)
		}
	}
	if err1 != nil && err2 != nil && err3 != nil {
		return err3
	}
	return nil
}

func readRowText(in io.Reader, r *hostile.Result) error {
	rows := &csvRows{set: &Set{}, keyed: true, classes: make(map[string]bool), boxes: make(map[string]int)}
	if err := rows.readAll(in, tableLimits); err != nil {
		return err
	}
	noteSet(rows.set, r)
	return nil
}
