package datasets

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"fc7/internal/usage"
)

// declare is the metadata of Hugging Face with these features.
func declare(features string) parquet.WriterOption {
	return parquet.KeyValueMetadata("huggingface", `{"info": {"features": {`+features+`}}}`)
}

// TestLabelColumns: columns of classes of every type that tables have them in.
func TestLabelColumns(t *testing.T) {
	root := t.TempDir()
	image := hubImage{Bytes: imageBytes(1)}
	names := `{"_type": "ClassLabel", "names": ["cat", "dog", "ox"]}`
	at := func(name string) string { return filepath.Join(root, name, "train.parquet") }
	one, zero, low := 1.0, 0.0, -1.0
	writeTable(t, at("float"), []struct {
		Image hubImage `parquet:"image,optional"`
		Label *float64 `parquet:"label,optional"`
	}{{image, &one}, {image, &zero}, {image, nil}, {image, &low}}, 2, declare(""))
	writeTable(t, at("bool"), []struct {
		Image hubImage `parquet:"image,optional"`
		Cls   bool     `parquet:"cls"`
	}{{image, true}, {image, false}}, 2, declare(""))
	type list struct {
		Image  hubImage `parquet:"image,optional"`
		Labels []int64  `parquet:"labels,list"`
	}
	lists := []list{{image, []int64{2, 0, 2}}, {image, nil}, {image, []int64{-1}}, {image, []int64{1}}}
	writeTable(t, at("lists"), lists, 3, declare(`"labels": {"_type": "Sequence", "feature": `+names+`}`))
	writeTable(t, at("oldlists"), lists, 4, declare(`"labels": [`+names+`]`))
	writeTable(t, at("texts"), []struct {
		Image  hubImage `parquet:"image,optional"`
		Target []string `parquet:"target,list"`
	}{{image, []string{"dog", "cat"}}, {image, nil}}, 4, declare(""))
	type two struct {
		Image hubImage `parquet:"image,optional"`
		Fine  int64    `parquet:"fine_label"`
		Part  string   `parquet:"part"`
		Inner struct {
			Kinds []int64 `parquet:"kinds,list"`
		} `parquet:"inner"`
		Coarse int64 `parquet:"coarse_label"`
	}
	rows := []two{{Image: image, Fine: 2, Part: "validation", Coarse: 1}, {Image: image, Fine: 0, Part: "train"}}
	rows[0].Inner.Kinds = []int64{1, 2}
	writeTable(t, at("two"), rows, 2, declare(`"fine_label": `+names+`, "coarse_label": `+names+`, "inner": {"kinds": {"_type": "List", "feature": `+names+`}}`))
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"float", Options{}, "1 0 ? ?"},
		{"bool", Options{}, "1 0"},
		{"lists", Options{}, "cat;ox none ? dog"},
		{"oldlists", Options{}, "cat;ox none ? dog"},
		{"oldlists", Options{EmptyLabels: emptyUnknown}, "cat;ox ? ? dog"},
		{"texts", Options{}, "cat;dog none"},
		{"texts", Options{LabelColumn: NoColumn}, "? ?"},
		{"two", Options{LabelColumn: "fine_label"}, "ox cat"},
		{"two", Options{LabelColumn: "inner.kinds"}, "dog;ox none"},
		{"two", Options{LabelColumn: "part", SplitColumn: "part"}, "validation train"},
	} {
		s := mustOpen(t, "parquet:"+filepath.Join(root, c.name), c.o)
		if got := meanings(s); got != c.want {
			t.Errorf("%s %+v: %s, want %s", c.name, c.o, got, c.want)
		}
		if c.o.SplitColumn != "" && (s.Items[0].Splits()[0] != SplitVal || s.Items[1].Splits()[0] != SplitTrain) {
			t.Errorf("splits %v %v", s.Items[0].Splits(), s.Items[1].Splits())
		}
	}
	half := 0.5
	writeTable(t, at("half"), []struct {
		Image hubImage `parquet:"image,optional"`
		Label *float64 `parquet:"label,optional"`
	}{{image, &half}}, 2, declare(""))
	for _, c := range []struct {
		name string
		o    Options
		want []string
	}{
		{"two", Options{}, []string{"several columns may be the labels: fine_label, coarse_label", "--label-column", "-: none"}},
		{"two", Options{LabelColumn: "coarse"}, []string{`"coarse"`}},
		{"two", Options{LabelColumn: "inner"}, nil},
		{"two", Options{LabelColumn: "part", SplitColumn: "fine_label"}, []string{"column fine_label: row 1: want a split of train", `"ox"`}},
		{"two", Options{LabelColumn: "part", ImageColumn: "fine_label"}, []string{"fine_label holds no images"}},
		{"half", Options{}, []string{"row 1: 0.5 is no class", "--label-column"}},
	} {
		if _, err := Open(t.Context(), "parquet:"+filepath.Join(root, c.name), c.o); c.want != nil {
			wantError(t, err, c.want...)
		}
	}
	if s := mustOpen(t, "parquet:"+filepath.Join(root, "half"), Options{LabelColumn: NoColumn}); meanings(s) != "?" || content(t, s.Items[0]) != string(imageBytes(1)) {
		t.Errorf("%s", meanings(s))
	}
}

// TestColumnsOfTables: columns of CSV files and keys of JSON lines go by their usual names, or by those that are given.
func TestColumnsOfTables(t *testing.T) {
	root := tree(t, map[string]string{
		"hub.csv":     "file_name,label,text\na.jpg,cat,x\nb.jpg,,y\n",
		"kaggle.csv":  "id,breed\na,cat\nb,dog\n",
		"set.csv":     "path,Class,set\na.jpg,cat,validation\nb.jpg,dog,TRAIN\n",
		"several.csv": "path,label,category,file\na.jpg,cat,x,y\n",
		"images.csv":  "file_name,image,label\na.jpg,b.jpg,cat\n",
		"hub.jsonl":   "\xef\xbb\xbf{\"file_name\": \"a.jpg\", \"label\": 3.0, \"score\": NaN, \"more\": {\"x\": [1]}}\n\n{\"file_name\": \"b.jpg\", \"label\": null}\n",
		"lists.jsonl": "{\"path\": \"a.jpg\", \"labels\": [\"a;b\", \"c\"], \"split\": \"test\", \"xmin\": 0, \"ymin\": 1.5, \"xmax\": 9, \"ymax\": 9}\n{\"path\": \"b.jpg\", \"labels\": []}\n{\"path\": \"c.jpg\"}\n",
		"train/a.png": "", "a.png": "",
	})
	for _, c := range []struct {
		name, want, ids string
		o               Options
	}{
		{"hub.csv", "cat ?", "a.jpg b.jpg", Options{}},
		{"hub.csv", "cat none", "a.jpg b.jpg", Options{EmptyLabels: emptyNone}},
		{"hub.csv", "x y", "a.jpg b.jpg", Options{LabelColumn: "text"}},
		{"kaggle.csv", "cat dog", "a b", Options{ImageColumn: "train/{id}.png", LabelColumn: "breed"}},
		{"kaggle.csv", "cat dog", "a.png b", Options{ImageColumn: "id", LabelColumn: "breed"}},
		{"set.csv", "cat dog", "a.jpg b.jpg", Options{SplitColumn: "set"}},
		{"several.csv", "x", "a.jpg", Options{LabelColumn: "category"}},
		{"several.csv", "?", "a.jpg", Options{LabelColumn: NoColumn}},
		{"images.csv", "cat", "b.jpg", Options{ImageColumn: "image"}},
		{"hub.jsonl", "3 ?", "a.jpg b.jpg", Options{}},
		{"lists.jsonl", "a;b;c none ?", "a.jpg b.jpg c.jpg", Options{}},
	} {
		s := mustOpen(t, "csv:"+filepath.Join(root, c.name), c.o)
		if meanings(s) != c.want || ids(s) != c.ids {
			t.Errorf("%s %+v: %s of %s, want %s of %s", c.name, c.o, meanings(s), ids(s), c.want, c.ids)
		}
		if c.name == "set.csv" && (s.Items[0].Splits()[0] != SplitVal || s.Items[1].Splits()[0] != SplitTrain) {
			t.Errorf("splits %v %v", s.Items[0].Splits(), s.Items[1].Splits())
		}
		if c.name == "lists.jsonl" && (s.Items[0].Box.Corners() != "0 2 9 9" || len(s.Items[0].Labels()) != 2 || s.Items[0].Splits()[0] != SplitTest) {
			t.Errorf("%+v", s.Items[0])
		}
	}
	for _, c := range []struct {
		name string
		o    Options
		want []string
	}{
		{"kaggle.csv", Options{}, []string{"found 2 columns (id, breed)", "--image-column"}},
		{"several.csv", Options{}, []string{"several columns may be the labels: label, category", "--label-column"}},
		{"images.csv", Options{}, []string{"several columns may be the images: file_name, image: say which with --image-column"}},
		{"set.csv", Options{LabelColumn: "klass"}, []string{`"klass"`, "Class"}},
		{"kaggle.csv", Options{ImageColumn: "{name}.jpg"}, []string{`"name"`}},
	} {
		_, err := Open(t.Context(), "csv:"+filepath.Join(root, c.name), c.o)
		wantError(t, err, append(c.want, c.name)...)
	}
	_, err := Open(t.Context(), "csv:"+filepath.Join(root, "several.csv"), Options{})
	if !usage.Is(err) {
		t.Errorf("%v is no wrong call", err)
	}
	_, err = Open(t.Context(), "folder:"+root, Options{LabelColumn: "x"})
	var e *SpecError
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "the kind folder has no columns") {
		t.Error(err)
	}
}

// TestPublicLabelColumns reads the shared cases of tables whose labels were dropped.
func TestPublicLabelColumns(t *testing.T) {
	root := realCase(t, "30-parquet-labels-dropped")
	for name, classes := range map[string]string{"label_bool": "0 1", "label_float": "0 1", "multilabel": "a b c d"} {
		s := mustOpen(t, "parquet:"+filepath.Join(root, name), Options{})
		if got := strings.Join(s.Classes, " "); got != classes || strings.Contains(meanings(s), "?") {
			t.Errorf("%s: classes %s, rows %s", name, got, meanings(s))
		}
	}
	_, err := Open(t.Context(), "parquet:"+filepath.Join(root, "cifar100"), Options{})
	wantError(t, err, "fine_label", "coarse_label")
}

// TestMetadataOfFolders: a table of labels beside images is told, not passed over in silence.
func TestMetadataOfFolders(t *testing.T) {
	root := tree(t, map[string]string{"metadata.csv": "file_name,label\na.jpg,cat\n", "a.jpg": ""})
	if s := mustOpen(t, "folder:"+root, Options{}); len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "open csv:"+filepath.Join(root, "metadata.csv")) {
		t.Errorf("%q", s.Notes)
	}
}
