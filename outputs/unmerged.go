package outputs

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// PlanName is the file in a run's folder that says that several machines make its table (pipeline/planned).
const PlanName = "plan.json"

// CheckMerged is the error of a run's folder whose table several machines make, and did not end yet.
func CheckMerged(run string) error {
	if _, err := os.Lstat(filepath.Join(run, PlanName)); err != nil {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(run, ManifestName)); err == nil {
		return nil
	}
	if nets, _ := fs.Glob(os.DirFS(run), "*/"+PlanName); len(nets) > 0 { // the pattern is sound
		for i, n := range nets {
			nets[i] = filepath.Join(run, filepath.Dir(n))
		}
		return fmt.Errorf("%s holds the tables of several nets: name one of them: %s", run, strings.Join(nets, ", "))
	}
	return fmt.Errorf("%s: the tasks of its plan did not end the table yet: fc7 merge %s does, and names the files that are missing", run, run)
}
