package datasets

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// streamedItems are the items of a set that is streamed, so many at once.
func streamedItems(t *testing.T, spec string, o Options, size int) (items []Item, set *Set, ok bool, err error) {
	t.Helper()
	short := false
	set, ok, err = Stream(t.Context(), spec, o, size, func(of *Set, got []Item) error {
		if short || len(got) > size || of.Root == "" || len(of.Items) > 0 {
			t.Errorf("%s: %d items of %q, want %d", spec, len(got), of.Root, size)
		}
		short = len(got) < size
		items = append(items, got...)
		return nil
	})
	return items, set, ok, err
}

// TestStream: the items of a stream are those of the opened set, with its classes and notes, whatever they come by.
func TestStream(t *testing.T) {
	dir := tree(t, map[string]string{
		"list.txt": "x/1.jpg\n\n../2.jpg\n./x//3.jpg\n/abs/4.jpg\n", "caffe.txt": "a.jpg 0\nb.jpg 1\nc.jpg 0\n", "far.txt": "s3://bucket/a.jpg\nb.jpg\ns3://other/c.jpg\n",
		"t.csv":        "path,labels,ignored,split,xmin,ymin,xmax,ymax\na b.jpg,cat;dog,ox,train,,,,\nc.jpg,,,test,-3,2,9,20\nc.jpg,dog,,test,1,1,2,2\nd.jpg,,,,,,,\n",
		"t.jsonl":      "{\"path\":\"a.jpg\",\"labels\":[\"x\"]}\n{\"path\":\"b.jpg\",\"labels\":[]}\n\n{\"split\":\"test\",\"path\":\"c.jpg\"}\n",
		"shards/0.tar": string(tarBytes(t, member{"k.jpg", "image k"}, member{"k.cls", "7"}, member{"l.jpg", "image l"}, member{"x.txt", "none"})),
		"shards/1.tar": string(tarBytes(t, member{"m.jpg", "image m"}, member{"m.json", "{\"labels\":[]}"})),
	})
	for _, name := range []string{"list:list.txt", "list:caffe.txt", "list:far.txt", "csv:t.csv", "csv:t.jsonl", "tar:shards"} {
		kind, file, _ := strings.Cut(name, ":")
		spec := kind + ":" + filepath.Join(dir, file)
		want := mustOpen(t, spec, Options{})
		for size := 1; size < 5; size++ {
			got, set, ok, err := streamedItems(t, spec, Options{}, size)
			if err != nil || !ok || len(got) != len(want.Items) || len(set.Items) > 0 {
				t.Fatalf("%s: %d items, %v, %v", spec, len(got), ok, err)
			}
			for i := range got {
				a, b := want.Items[i], got[i]
				if !reflect.DeepEqual(a.Box, b.Box) || a.ID != b.ID || a.Object != b.Object || a.None != b.None || a.At.String() != b.At.String() ||
					fmt.Sprint(a.Labels(), a.Ignored(), a.Splits()) != fmt.Sprint(b.Labels(), b.Ignored(), b.Splits()) {
					t.Errorf("%s: item %d is %+v, want %+v", spec, i, b, a)
				}
			}
			a, errA := want.Indexed()
			b, errB := set.Indexed()
			if errors.Join(errA, errB) != nil || a != b || !reflect.DeepEqual(set.Classes, want.Classes) || !reflect.DeepEqual(set.Notes, want.Notes) || !reflect.DeepEqual(set.Skipped, want.Skipped) {
				t.Errorf("%s: %+v, want %+v", spec, set, want)
			}
		}
	}
}

// TestStreamWhole: what cannot be streamed is left to Open, as is what may be wrong; what is surely wrong, and what the
// taker says, is an error.
func TestStreamWhole(t *testing.T) {
	dir := tree(t, map[string]string{
		"twice.txt": "a.jpg\nb.jpg\n./a.jpg\n", "mixed.txt": "a.jpg 0\nb.jpg\n", "late.txt": "a.jpg\nb.jpg 7\n", "empty.txt": "\n", "none.csv": "path,labels\na.jpg,\n", "twice.csv": "path\na.jpg\na.jpg\n",
		"bad.csv": "path\na.jpg\n\"b\n", "x/a.jpg": "a",
		"twice.tar/0.tar": string(tarBytes(t, member{"k.jpg", "k"})), "twice.tar/1.tar": string(tarBytes(t, member{"k.jpg", "k"})),
	})
	for spec, want := range map[string]string{
		"list:twice.txt": "whole", "list:mixed.txt": "whole", "list:late.txt": "ok", "list:empty.txt": "lists no image", "csv:none.csv": "whole", "csv:twice.csv": "whole",
		"csv:bad.csv": "bad.csv:", "folder:x": "whole", "tar:twice.tar": "whole", "list:gone.txt": "gone.txt", "list": "missing",
	} {
		kind, file, _ := strings.Cut(spec, ":")
		if file != "" {
			spec = kind + ":" + filepath.Join(dir, file)
		}
		_, _, ok, err := streamedItems(t, spec, Options{}, 1)
		switch {
		case want == "ok" && ok && err == nil, want == "whole" && !ok && err == nil:
		case err != nil && !ok && strings.Contains(err.Error(), want):
		default:
			t.Errorf("%s: %v, %v, want %s", spec, ok, err, want)
		}
	}
	for _, o := range []Options{{Split: SplitTrain}, {PerClass: 1}, {Limit: 1}, {EmptyLabels: emptyUnknown}, {SplitFile: "f"}} {
		if _, _, ok, err := streamedItems(t, "list:"+filepath.Join(dir, "late.txt"), o, 1); ok || err != nil {
			t.Errorf("%+v: %v, %v", o, ok, err)
		}
	}
	stop := errors.New("stop")
	if _, _, err := Stream(t.Context(), "list:"+filepath.Join(dir, "late.txt"), Options{}, 1, func(*Set, []Item) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v, want what the taker says", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, _, err := Stream(ctx, "list:"+filepath.Join(dir, "late.txt"), Options{}, 1, func(*Set, []Item) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's", err)
	}
}

// TestHashes: each key is new once, however often the table grew.
func TestHashes(t *testing.T) {
	var h hashes
	h.grow(3)
	for round := range 2 {
		for i := range 5000 {
			if h.add(fmt.Sprint(i/2), i%2) != (round == 0) {
				t.Fatalf("round %d: key %d", round, i)
			}
		}
	}
}
