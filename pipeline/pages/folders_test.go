package pages

import "testing"

func TestWithoutFolders(t *testing.T) {
	var known []string
	for _, name := range []string{"voc2007:/data/my sets/VOC", "/w/a b.pth", "rel/x", "c101:D:\\sets\\all of it"} {
		known = append(known, knownPath(name))
	}
	for text, want := range map[string]string{
		"fc7 extract voc2007:/data/VOC --weights=/w/vgg16.pth -o runs/x":     "fc7 extract voc2007:…/VOC --weights=…/vgg16.pth -o runs/x",
		"fc7 extract 'folder:/home/ann lee/birds' --out '/tmp/a b/c'":        "fc7 extract 'folder:…/birds' --out '…/c'",
		"fc7 extract '--out=/home/ann lee/x' 'a b'":                          "fc7 extract '--out=…/x' 'a b'",
		"opening voc2007:/data/my sets/VOC: no such file":                    "opening voc2007:…/VOC: no such file",
		"open /data/my sets/VOC/JPEGImages/1.jpg: no such file or directory": "open …/VOC/JPEGImages/1.jpg: no such file or directory",
		"/w/a b.pth":                         "…/a b.pth",
		"s3://bucket/data/x, https://a.b/c/": "s3://bucket/data/x, https://a.b/c/",
		"and/or, 3/4, top-1 / top-5, a / b":  "and/or, 3/4, top-1 / top-5, a / b",
		"/ stands alone, /x too":             "/ stands alone, /x too",
		"/a/b/, (/c/d) \"/e/f\"":             "…/b, (…/d) \"…/f\"",
		`folder:C:\data\set, C:\x`:           `folder:…/set, …/x`,
		`c101:D:\sets\all of it is gone`:     `c101:…/all of it is gone`,
		"rel/x and ./y and ../z":             "rel/x and ./y and ../z",
		"":                                   "",
	} {
		if got := withoutFolders(text, known...); got != want {
			t.Errorf("%s\n is %s\nwant %s", text, got, want)
		}
	}
}
