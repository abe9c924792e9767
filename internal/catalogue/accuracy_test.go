package catalogue

import "testing"

// TestAccuracy: figures are shares in percent with their source, top-5 above top-1, of files that name classes alone;
// those of one source differ by net.
func TestAccuracy(t *testing.T) {
	n := 0
	for _, e := range AllWeights() {
		a := e.Accuracy
		if a == nil {
			continue
		}
		if n++; e.NoFC || a.How == "" || a.By == "" || a.Top1 < 60 || a.Top5 <= a.Top1 || a.Top5 >= 100 {
			t.Errorf("%s: %+v", e.Name, a)
		}
	}
	if e, _ := LookupWeights("vgg16"); n < 15 || e.Accuracy == nil || e.Accuracy.Top1 != 71.592 {
		t.Errorf("%d files have figures; of vgg16 they are %+v", n, e.Accuracy)
	}
}
