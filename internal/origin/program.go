package origin

import (
	"runtime"
	"runtime/debug"
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
