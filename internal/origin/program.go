package origin

import (
	"runtime"
	"runtime/debug"
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

// SourceOf is what the build of this program recorded of its source.
func SourceOf() Source {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return Source{}
	}
	return sourceIn(b)
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
