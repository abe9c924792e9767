package origin

import (
	"runtime/debug"
	"testing"
	"time"
)

func TestSource(t *testing.T) {
	b := &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs", Value: "git"},
		{Key: "vcs.revision", Value: "0123abcd"},
		{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
		{Key: "vcs.modified", Value: "true"},
	}}
	b.Main.Path = "fc7"
	want := Source{Module: "fc7", Commit: "0123abcd", Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Changed: true}
	if got := sourceIn(b); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	var got Source
	if got.stamped("0123abcd,2026-01-02T04:04:05+01:00,changed"); got.Commit != want.Commit || !got.Date.Equal(want.Date) || !got.Changed {
		t.Errorf("%+v", got)
	}
	for _, none := range []string{"", ",,", "x"} {
		s := Source{Module: "fc7"}
		if s.stamped(none); s != (Source{Module: "fc7"}) {
			t.Errorf("%q: %+v", none, s)
		}
	}
	b.Settings = []debug.BuildSetting{{Key: "vcs.time", Value: "yesterday"}, {Key: "vcs.modified", Value: "false"}}
	if got := sourceIn(b); got != (Source{Module: "fc7"}) {
		t.Errorf("%+v", got)
	}
}
