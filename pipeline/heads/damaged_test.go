package heads

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"fc7/internal/hostile"
)

func FuzzScores(f *testing.F) { scoresTarget(f).Fuzz(f) }

func TestDamaged(t *testing.T) { scoresTarget(t).Test(t, "FuzzScores") }

// scoresTarget reads scores, of today's form and of earlier ones: what is taken can be written, and is the same then.
func scoresTarget(t testing.TB) *hostile.Target {
	t.Helper()
	x := &hostile.Target{
		Slow:  4,
		Words: []string{`"headline"`, `"figures"`, `"classes"`, `"splits"`, `"voc"`, `"caltech"`, `"set"`, `null`, `{}`, `[]`, `-1`, `1e400`, `1e99`, `NaN`, `"mean_ap_11"`, `{`, `}`, `,`, `:`, `"`, `[`, `]`},
		Read: func(file []byte, r *hostile.Result) error {
			h := new(Result)
			if err := json.Unmarshal(file, h); err != nil {
				return err
			}
			text, err := json.Marshal(h)
			if err != nil {
				r.Errorf("read, and cannot be written: %v", err)
				return nil
			}
			again := new(Result)
			if err := json.Unmarshal(text, again); err != nil {
				r.Errorf("read and written, and not read again: %v", err)
				return nil
			}
			if second, err := json.Marshal(again); err != nil || !bytes.Equal(second, text) {
				r.Errorf("written twice, it differs: %v", err)
			}
			r.Bytes(text)
			return nil
		},
	}
	paths, err := filepath.Glob(filepath.Join("testdata", "earlier", "*", "scores.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var small bytes.Buffer
		if err := json.Compact(&small, text); err != nil {
			t.Fatal(err)
		}
		x.Seeds = append(x.Seeds, small.Bytes())
		// as it is written today
		h := new(Result)
		if err := json.Unmarshal(text, h); err != nil {
			t.Fatal(err)
		}
		if text, err = json.Marshal(h); err != nil {
			t.Fatal(err)
		}
		x.Seeds = append(x.Seeds, text)
	}
	return x
}
