package origin

import (
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Program names this program: fc7 and, where the build knows it, its version (of a build from a repository the time and
// the hash of the commit, and "+dirty" where files differed from it), the Go release that built it, and the system and
// processor it was built for.
func Program() (name, release, platform string) {
	name = "fc7"
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		name += " " + b.Main.Version
	}
	return name, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH
}

// Source is what this program was built of. Of a build that is not from a repository the commit is not known.
type Source struct {
	Module string `json:"module,omitempty"`
	Commit string `json:"commit,omitempty"` // its hash
	// Date is when the commit was made, not when it was built: builds of one commit are the same bytes.
	Date    time.Time `json:"date,omitzero"`
	Changed bool      `json:"changed,omitempty"` // files differed from the commit
}

// stamp is what the Makefile records where the go command records no commit, since .git is a file (a worktree, a
// submodule): the commit's hash, its time (RFC 3339) and, where files differ from it, "changed", with commas.
var stamp string

// SourceOf is what the build of this program recorded of its source.
func SourceOf() Source {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return Source{}
	}
	s := sourceIn(b)
	if s.Commit == "" {
		s.stamped(stamp)
	}
	return s
}

// stamped takes a stamp.
func (s *Source) stamped(stamp string) {
	if f := strings.Split(stamp, ","); len(f) == 3 && f[0] != "" {
		s.Commit, s.Changed = f[0], f[2] == "changed"
		s.Date, _ = time.Parse(time.RFC3339, f[1]) // zero, where it is none: not known
	}
}

func sourceIn(b *debug.BuildInfo) Source {
	s := Source{Module: b.Main.Path}
	for _, set := range b.Settings {
		switch set.Key {
		case "vcs.revision":
			s.Commit = set.Value
		case "vcs.time":
			s.Date, _ = time.Parse(time.RFC3339, set.Value) // zero, where it is none: not known
		case "vcs.modified":
			s.Changed = set.Value == "true"
		}
	}
	return s
}
