package datasets

import (
	"context"
	"errors"
	"io/fs"
	"testing"
)

func TestSetCheck(t *testing.T) {
	root := tree(t, map[string]string{"a.jpg": "x", "b.jpg": "-> nowhere", "c.jpg": "x"})
	s := mustOpen(t, "folder:"+root, Options{})
	problems, err := s.Check(context.Background())
	if err != nil || len(problems) != 1 || problems[0].id != "b.jpg" || problems[0].index != 1 || !errors.Is(problems[0].err, fs.ErrNotExist) {
		t.Errorf("problems %+v, %v", problems, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled check gives %v", err)
	}
}

func TestSkippedNamesAreBounded(t *testing.T) {
	files := map[string]string{"a.jpg": ""}
	for c := range 30 {
		files[string(rune('A'+c))+".txt"] = ""
	}
	s := openSoon(t, "folder:"+tree(t, files))
	if len(s.Skipped) != 1 || s.Skipped[0].Count != 30 || len(s.Skipped[0].Names) != maxSkipNames {
		t.Errorf("skipped %+v", s.Skipped)
	}
}
