package pages

import (
	"fmt"
	"path/filepath"

	"fc7/pipeline/paper"
)

// reproductionReport is the report of a reproduction: its main heads, and the comparison of all.
func reproductionReport(j Job, r paper.Reproduction) (Job, error) {
	for _, path := range []string{r.Main.Heads, r.Main.Table} {
		if !filepath.IsLocal(path) {
			return j, fmt.Errorf("%s: %q is no folder below it", filepath.Join(j.Run, paper.File), path)
		}
	}
	j.paper, j.title = r.Comparison(), taskTitles[r.Task]
	if j.Heads == "" {
		j.Heads = filepath.Join(j.Run, r.Main.Heads)
	}
	j.Run = filepath.Join(j.Run, r.Main.Table)
	return j, nil
}

// taskTitles name the tasks as the paper does.
var taskTitles = map[string]string{
	"voc2007": "VOC-2007 classification", "voc2012": "VOC-2012 classification", "action": "VOC-2012 action classification",
	"caltech101": "Caltech-101", "caltech256": "Caltech-256",
}
