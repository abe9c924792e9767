// Slurm proves what docs/scale.md says of it, on a real one: three nodes on this machine, with daemons of their own and
// all their files in one folder. An array of eight tasks makes a table there, and meanwhile
//
//   - one node dies, with all that runs there;
//   - one node does not answer any more, so that Slurm starts its tasks elsewhere, while the first start lives on;
//   - one task is so slow that it gets to its time limit, keeps its rows and is queued again;
//   - one needs more memory than it may have, and is killed each time.
//
// The merge then names what is missing, fc7 submit slurm --retry gives that more memory, and the table has the bytes of
// one machine's.
//
//	go -C .ci/scale run ./slurm -fc7 ../../bin/fc7 [-install]
//
// It needs Linux, root, and Debian's slurmctld, slurmd, slurm-client and munge, which -install brings. Status 0 with a
// line that says so: they are not here, and nothing was shown.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"fc7/scale/scene"
)

func main() {
	fc7 := flag.String("fc7", "bin/fc7", "the program")
	install := flag.Bool("install", false, "install Slurm by apt-get where it is not here")
	flag.Parse()
	if missing := lacks(); *install && len(missing) > 0 && os.Getuid() == 0 {
		get := exec.Command("apt-get", "install", "-y", "-qq", "--no-install-recommends", "slurmctld", "slurmd", "slurm-client", "munge")
		get.Env, get.Stdout, get.Stderr = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive"), os.Stderr, os.Stderr
		if err := get.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "slurm: installing it:", err)
			os.Exit(1)
		}
	}
	if missing := lacks(); len(missing) > 0 || os.Getuid() != 0 {
		fmt.Printf("slurm: left out, nothing shown: it needs root and %s (make test-scale INSTALL=yes brings them)\n", strings.Join(missing, ", "))
		return
	}
	os.Exit(scene.Play("slurm", *fc7, func(s *scene.Scene) {
		c := newCluster(s, 3)
		defer c.stop()
		show(s, c)
	}))
}

// lacks are the programs of Slurm that are not here.
func lacks() (missing []string) {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			missing = append(missing, p)
		}
	}
	return missing
}
