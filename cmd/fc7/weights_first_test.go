package main

import (
	"strings"
	"testing"
)

// TestWeightsFirst: weights that are not there are told before a list of images is read, which may take minutes.
func TestWeightsFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, verb := range []string{
		"plan list:none.txt --out run", "extract list:none.txt --out run", "extract list:none.txt --out run --dry-run", "extract list:none.txt --out run --weights small",
		"classify list:none.txt", "evaluate list:none.txt --out run", "bench extract list:none.txt", "finetune list:none.txt --out run", "train list:none.txt --out run --net vgg11/32 --from nothing.pth",
	} {
		args := strings.Fields(verb)
		if args[0] != "train" {
			args = append(args, "--weights", "nothing.pth")
		}
		if code, _, said := fc7(t, args...); code != exitFailed || !strings.Contains(said, "nothing.pth") {
			t.Errorf("%v: status %d, %s", args, code, said)
		}
	}
}
