package pages

import (
	"fmt"
	"path/filepath"

	"fc7/heads/protocol"
	"fc7/pipeline/paper"
)

// reproductionReport is the report of a reproduction: its main heads, and the comparison of all.
func reproductionReport(j Job, r paper.Reproduction) (Job, error) {
	for _, path := range []string{r.Main.Heads, r.Main.Table} {
		if !filepath.IsLocal(path) {
			return j, fmt.Errorf("%s: %q is no folder below it", filepath.Join(j.Run, paper.File), path)
		}
	}
	j.paper = r.Comparison()
	if p, ok := protocol.OfTask(r.Task); ok {
		j.title = p.Paper.Title
	}
	if j.Heads == "" {
		j.Heads = filepath.Join(j.Run, r.Main.Heads)
	}
	j.Run = filepath.Join(j.Run, r.Main.Table)
	return j, nil
}
