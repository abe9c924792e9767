package datasets

import (
	"fmt"
	"strings"
	"testing"
)

// TestKindOptions: what a kind has to choose is chosen, and what it has not is refused.
func TestKindOptions(t *testing.T) {
	planes := tree(t, map[string]string{
		"variants.txt": "707\n", "images_variant_train.txt": "1 707\n", "images_variant_val.txt": "", "images_variant_test.txt": "2 707\n",
	})
	things := tree(t, map[string]string{"annotations/instances_val2017.json": `{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}],
		"categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
		"annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 40, "iscrowd": 1}, {"image_id": 1, "category_id": 2, "bbox": [0, 0, 9, 9], "area": 40},
			{"image_id": 2, "category_id": 1, "bbox": [0, 0, 9, 9]}]}`})
	for _, c := range []struct {
		spec string
		own  []string
		want string
	}{
		{"aircraft:" + planes, nil, "images/1.jpg less 20 [707] []|images/2.jpg less 20 [707] []"},
		{"aircraft:" + planes, []string{"banner=cut"}, "images/1.jpg less 20 [707] []|images/2.jpg less 20 [707] []"},
		{"aircraft:" + planes, []string{"banner=keep"}, "images/1.jpg  [707] []|images/2.jpg  [707] []"},
		{"coco:" + things, nil, "val2017/1.jpg  [dog] [cat]|val2017/2.jpg  [cat] []"},
		{"coco:" + things, []string{"crowds=count"}, "val2017/1.jpg  [cat dog] []|val2017/2.jpg  [cat] []"},
		{"coco:" + things, []string{"crowds=drop"}, "val2017/1.jpg  [dog] []|val2017/2.jpg  [cat] []"},
		{"coco:" + things, []string{"tiny=41"}, "val2017/1.jpg  [] [cat dog]|val2017/2.jpg  [cat] []"},
		{"coco:" + things, []string{"tiny=82", "crowds=count"}, "val2017/1.jpg  [] [cat dog]|val2017/2.jpg  [] [cat]"},
		{"aircraft:" + planes, []string{"banner=kept"}, "expected cut or keep"},
		{"aircraft:" + planes, []string{"baner=keep"}, "did you mean banner"},
		{"aircraft:" + planes, []string{"banner"}, "NAME=VALUE"},
		{"aircraft:" + planes, []string{"banner=keep", "banner=cut"}, "given twice"},
		{"coco:" + things, []string{"tiny=-1"}, "whole number"},
		{"coco:" + things, []string{"banner=keep"}, "banner"},
		{"folder:" + planes, []string{"banner=keep"}, "has no options of its own"},
	} {
		s, err := Open(t.Context(), c.spec, Options{Own: c.own})
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %v: %v, want %s", c.spec, c.own, err, c.want)
			}
			continue
		}
		var got []string
		for _, it := range s.Items {
			got = append(got, it.ID+" "+it.Region()+" "+fmt.Sprint(it.Labels(), it.Ignored()))
		}
		if g := strings.Join(got, "|"); g != c.want {
			t.Errorf("%s %v: %s, want %s", c.spec, c.own, g, c.want)
		}
	}
}
