package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

// The digests are those under which others keep the same lists: ONNX's model zoo has synset.txt, TensorFlow-slim and
// timm have the WordNet ids alone.
func TestILSVRC2012IsThePublishedList(t *testing.T) {
	all := ILSVRC2012()
	if len(all) != 1000 {
		t.Fatalf("%d classes", len(all))
	}
	var words, ids strings.Builder
	for _, s := range all {
		words.WriteString(s.WNID + " " + s.Name + "\n")
		ids.WriteString(s.WNID + "\n")
	}
	for _, c := range []struct{ text, want string }{
		{words.String(), "acf75ef0abe89694b19056e0796401068b459c457baa30335f240c7692857355"},
		{ids.String(), "70002b0ff5de60a3a17a82dbfcff291931f96225ddf941ad2e182fc39e183d15"},
	} {
		if sum := sha256.Sum256([]byte(c.text)); hex.EncodeToString(sum[:]) != c.want {
			t.Errorf("digest %x, want %s", sum, c.want)
		}
	}
	if !slices.IsSortedFunc(all, func(a, b Synset) int { return strings.Compare(a.WNID, b.WNID) }) {
		t.Error("not sorted by WordNet id")
	}
	for place, short := range map[int]string{0: "tench", 134: "crane", 517: "crane", 999: "toilet tissue"} {
		if all[place].Short() != short || synsetPlaces()[all[place].WNID] != place {
			t.Errorf("class %d is %+v, want %s", place, all[place], short)
		}
	}
}

func TestIsWNID(t *testing.T) {
	for name, want := range map[string]bool{"n01440764": true, "n0144076": false, "x01440764": false, "n0144076x": false, "": false, "n014407640": false} {
		if isWNID(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestParseSynset(t *testing.T) {
	for line, want := range map[string]Synset{
		"n01440764":           {"n01440764", "tench, Tinca tinca"},
		"n01440764 some fish": {"n01440764", "some fish"},
		"n00000001":           {"n00000001", "n00000001"},
		"tench":               {},
		"":                    {},
	} {
		if s, ok := ParseSynset(line); s != want || ok != (want != Synset{}) {
			t.Errorf("%q: %+v, %v", line, s, ok)
		}
	}
}
