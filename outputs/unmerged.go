package outputs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// PlanName is the file in a run's folder that says that several machines make its table (pipeline/planned).
const PlanName = "plan.json"

// CheckMerged is the error of a run's folder whose table several machines make, and did not end yet; or of a disk that
// does not tell.
func CheckMerged(run string) error {
	planned, err := stands(filepath.Join(run, PlanName))
	if err != nil || !planned {
		return err
	}
	merged, err := stands(filepath.Join(run, ManifestName))
	if err != nil || merged {
		return err
	}
	nets, err := netsBelow(run)
	if err != nil {
		return err
	}
	if len(nets) > 0 {
		return fmt.Errorf("%s holds the tables of several nets: name one of them: %s", run, strings.Join(nets, ", "))
	}
	return fmt.Errorf("%s: the tasks of its plan did not end the table yet: fc7 merge %s does, and names the files that are missing", run, run)
}

// stands tells whether anything stands at a path.
func stands(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking whether a table is ended: %w", err)
	}
	return true, nil
}

// netsBelow are the folders of the nets that share the plan of a run.
func netsBelow(run string) (nets []string, err error) {
	entries, err := os.ReadDir(run)
	if err != nil {
		return nil, fmt.Errorf("looking for the tables of several nets: %w", err)
	}
	for _, e := range entries {
		dir := filepath.Join(run, e.Name())
		planned, err := stands(filepath.Join(dir, PlanName))
		if err != nil {
			return nil, err
		}
		if planned {
			nets = append(nets, dir)
		}
	}
	return nets, nil
}
