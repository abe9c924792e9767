package escape

import "testing"

func TestShell(t *testing.T) {
	for name, want := range map[string]string{
		"model_ema.": "model_ema.", "é/": "é/", "": "", "a\x1b[2J.": `$'a\x1b[2J.'`, "'\"\\\n": `$'\'"\\\n'`, "\u202ex\xff": `$'\u202ex\xff'`,
	} {
		if got := Shell(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
