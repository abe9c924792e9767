package datasets

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"fc7/internal/hostile"
)

func FuzzCOCO(f *testing.F)        { cocoTarget().Fuzz(f) }
func TestDamagedCOCO(t *testing.T) { cocoTarget().Test(t, "FuzzCOCO") }

const cocoHead = `{"info": {"year": 2017}, "images": [{"id": 9, "file_name": "a.jpg", "width": 640, "height": 480}, {"id": 4, "file_name": "b.jpg"}, {"id": 5, "file_name": "c.jpg"}],
"annotations": [{"image_id": 4, "category_id": 3, "bbox": [0, 10.5, 20.25, 0.2], "iscrowd": 0, "segmentation": [[1, 2]]}, `

const cocoTail = `], "categories": [{"id": 3, "name": "dog"}, {"id": 1, "name": "cat"}]}`

func cocoTarget() *hostile.Target {
	image := `"images":[{"id":1,"file_name":"x.jpg"}]`
	return text(append([]string{`"images"`, `"annotations"`, `"categories"`, `"bbox"`, `"iscrowd":1`}, jsonWords...), readCOCOText,
		cocoHead+`{"image_id": 4, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 1}`+cocoTail,
		`{"categories":[{"id":1,"name":"a"}],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3,4]}],`+image+`}`,
		`{`+image+`,"annotations":[],"categories":[]}`, `{`+image+`}`, "\n{ "+image+" ,\n\"licenses\": [ {\"a\": [1, {}] } ] }\n", `{`+image+`,"images":[{"id":2,"file_name":"d/y.jpg"}]}`,
		`{"annotations":[{"image_id":1,"category_id":-5,"bbox":[-1,-2.5,1e3,0],"iscrowd":1}],"categories":[{"id":-5,"name":"b c"}],`+image+`}`,
		`{"images":[{"id":1,"file_name":"\u00e9.jpg","width":0,"height":-1}],"x":null}`, `{"images":[{"id":1,"file_name":"x.jpg"},{"id":2,"file_name":"y.jpg","coco_url":"http://a"}],"categories":[{"supercategory":"s","id":7,"name":"e"}]}`,
		`{"annotations":[{"image_id":1,"category_id":1,"bbox":[0,0,1,1]},{"image_id":1,"category_id":2,"bbox":[0,0,1,1]}],"categories":[{"id":2,"name":"z"},{"id":1,"name":"a"}],`+image+`}`,
	)
}

func readCOCOText(in io.Reader, r *hostile.Result) error {
	c := cocoFile{classes: map[int64]string{}, images: map[int64]string{}, objects: map[int64][]cocoObject{}}
	if err := c.read(in); err != nil {
		return err
	}
	l := newLister(coco.KindInfo, "root", ObjectsBoth)
	if err := l.addInstances(&c, "train2017"); err != nil {
		return err
	}
	s, err := l.finish(coco)
	if err != nil {
		return err
	}
	checkSet(r, s)
	for _, it := range s.Items {
		if it.Box != nil && !sound(*it.Box, 3e9) {
			r.Errorf("item %+v, box %+v", it, it.Box)
		}
	}
	noteSet(s, r)
	return nil
}

// TestCOCO: images are of the classes of their objects, several; of crowds alone they are ignored; without objects they
// are of none. A box is an object, of a pixel at least; crowds have none.
func TestCOCO(t *testing.T) {
	rest := `{"image_id": 4, "category_id": 1, "bbox": [99, 0, 1, 480], "iscrowd": 0},
{"image_id": 9, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 1}`
	root := tree(t, map[string]string{"annotations/instances_val2017.json": cocoHead + rest + cocoTail, "images/val2017/": ""})
	s := mustOpen(t, "coco:"+root, Options{})
	var got []string
	for _, it := range s.Items {
		got = append(got, fmt.Sprint(it.ID, it.Labels(), it.Ignored(), it.None, it.Splits()))
	}
	if want := "images/val2017/a.jpg[] [cat] false [val]|images/val2017/b.jpg[dog cat] [] false [val]|images/val2017/c.jpg[] [] true [val]"; strings.Join(got, "|") != want || strings.Join(s.Classes, " ") != "dog cat" {
		t.Errorf("%s of %v\nwant %s", strings.Join(got, "|"), s.Classes, want)
	}
	s = mustOpen(t, "coco:"+root, Options{Objects: ObjectsBox})
	if len(s.Items) != 2 || fmt.Sprint(s.Items[0].Labels(), *s.Items[0].Box) != "[dog] {1 11.5 20.25 11.5 {0 0}}" || fmt.Sprintf("%v %s %d", s.Items[1].Labels(), s.Items[1].Box.Corners(), s.Items[1].Object) != "[cat] 100 1 100 480 2" {
		t.Errorf("%v %v, %v %v", s.Items[0].Labels(), *s.Items[0].Box, s.Items[1].Labels(), s.Items[1].Box.Corners())
	}
	for want, file := range map[string]string{
		"element 1: an object of image": "", "category 7, which is not there": cocoHead + `{"image_id": 9, "category_id": 7, "bbox": [1, 2, 3, 4]}` + cocoTail,
		"image 77, which is not there": cocoHead + `{"image_id": 77, "category_id": 1, "bbox": [1, 2, 3, 4]}` + cocoTail,
		"want a bbox":                  cocoHead + `{"image_id": 9, "category_id": 1, "bbox": [1, 2, 3]}` + cocoTail,
		"at byte":                      cocoHead, "want a JSON object": "[]",
		"images: want an array": `{"images": 3}`,
	} {
		if file != "" {
			_, err := Open(t.Context(), "coco:"+tree(t, map[string]string{"annotations/instances_train2014.json": file}), Options{})
			wantError(t, err, want, "instances_train2014.json")
		}
	}
	_, err := Open(t.Context(), "coco:"+tree(t, map[string]string{"annotations/": ""}), Options{})
	wantError(t, err, "has no annotations/instances_train2017.json", "expected:")
}

// TestCOCOElement: an element of any length is not held.
func TestCOCOElement(t *testing.T) {
	c := cocoFile{classes: map[int64]string{}, images: map[int64]string{}, objects: map[int64][]cocoObject{}}
	long := io.MultiReader(strings.NewReader(`{"images": [{"file_name": "`), io.LimitReader(&endless{text: "x"}, 2*maxCocoElement))
	if err := c.read(long); err == nil || !strings.Contains(err.Error(), "an element of more than") {
		t.Error(err)
	}
}
