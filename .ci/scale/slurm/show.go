package main

import (
	"bufio"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fc7/scale/scene"
)

const (
	tasks       = 8
	filesOfTask = 2
	rowsOfFile  = 24
	bigSide     = 11500   // pixels of the picture that does not fit into memory
	memory      = "450M"  // of a task at first
	moreMemory  = "2500M" // of what is submitted again
)

// show lets a cluster make a table while all of that goes wrong.
func show(s *scene.Scene, c *cluster) {
	list, alone, run := s.Path("list.txt"), s.Path("alone"), s.Path("run")
	drawList(s, list)
	settings := []string{"list:" + list, "--scales", "256,384,512", "--shard-rows", fmt.Sprint(rowsOfFile)}
	s.Run(0, append([]string{"plan", "--tasks", fmt.Sprint(tasks), "--out", run}, settings...)...)
	a := submit(s, c, run, "--sbatch=--mem="+memory)

	is := a.running(6)
	nodes := map[string][]int{}
	for task, at := range is {
		nodes[at.node] = append(nodes[at.node], task)
	}
	if len(nodes) != 3 {
		s.Fail("tasks run on %d nodes, want 3: %v", len(nodes), nodes)
	}
	dead, silent, late := is[0].node, other(is, is[0].node), ""
	for node := range nodes {
		if node != dead && node != silent {
			late = node
		}
	}
	orphan, slowest := least(nodes[silent]), least(nodes[late])
	firstStart := a.process(orphan)
	hurry := slow(firstStart, 285*time.Millisecond)

	c.partition(silent, true)
	s.Await("rows of the task that is to be slow", time.Minute, func() bool { return strings.Contains(a.said(slowest), " images, ") })
	hurryLate := slow(a.process(slowest), time.Second) // alone on the machine it would end within its limit otherwise
	s.Say("task %d is slow from now on; task %d's node is silent while it runs on", slowest, orphan)
	s.Await("the first file of task 0", 3*time.Minute, func() bool { return a.done(0) })
	c.kill(dead)
	s.Say("the node of tasks %v is dead", nodes[dead])

	a.await("task 0 started again", func(t task) bool { return t.restarts > 0 }, 0)
	a.await("the task of the silent node started again", func(t task) bool { return t.restarts > 0 }, orphan)
	s.Await("the second start of it, which finds the first", 5*time.Minute, func() bool {
		return strings.Contains(a.said(orphan), "another fc7 is writing here")
	})
	if !alive(firstStart) {
		s.Fail("the first start of task %d had ended by itself: nothing was shown of it\n%s", orphan, a.said(orphan))
	}
	s.Say("Slurm started task %d elsewhere; its first start lives, and the second left it alone", orphan)
	hurry()
	s.Await("the end of the first start", 5*time.Minute, func() bool { return !alive(firstStart) })
	c.partition(silent, false)

	a.await("the time limit of the slow task", func(t task) bool {
		if t.restarts == 0 && t.ended() {
			s.Fail("task %d ended before its time limit: nothing was shown of that\n%s", slowest, a.said(slowest))
		}
		return t.restarts > 0
	}, slowest)
	hurryLate()
	kept, _ := filepath.Glob(filepath.Join(run, "tmp", "[0-9]*", "*.parquet"))
	s.Say("task %d got to its time limit; %d segments were kept", slowest, len(kept))
	end(s, c, a, run, nodes[dead], slowest)

	s.Run(0, append([]string{"extract", "--out", alone}, settings...)...)
	files := s.Same(alone, run, "features", "digests")
	s.Run(0, "verify", run)
	s.Say("the table, %d files with the digests beside it, has the bytes of one machine's", files)
}

// end waits for all tasks, submits again what is missing, and waits for that.
func end(s *scene.Scene, c *cluster, a array, run string, died []int, slowest int) {
	for i := range tasks {
		a.await(fmt.Sprintf("the end of task %d", i), task.ended, i)
	}
	a.await("the end of the merge", task.ended, mergeTask)
	is := a.state()
	for _, i := range append(died, slowest) {
		if is[i].restarts == 0 || is[i].state != "COMPLETED" {
			s.Fail("task %d: %+v, want it completed after another start\n%s", i, is[i], a.said(i))
		}
	}
	if said := a.said(slowest); !strings.Contains(said, "were there already") {
		s.Fail("the slow task did not go on with the rows that it had\n%s", said)
	}
	if t := is[tasks-1]; t.state != "OUT_OF_MEMORY" && t.exit != "137:0" {
		s.Fail("the task of the large picture: %+v, want it killed for its memory\n%s", t, a.said(tasks-1))
	}
	if is[mergeTask].exit != "75:0" {
		s.Fail("the merge of an incomplete table: %+v, want status 75\n%s", is[mergeTask], a.said(mergeTask))
	}
	said := s.Run(75, "merge", run)
	if !strings.Contains(said, fmt.Sprint(tasks-1)) {
		s.Fail("the merge does not name task %d\n%s", tasks-1, said)
	}
	s.Say("task %d was killed for its memory, and the merge says: %s", tasks-1, strings.TrimSpace(said))
	again := submit(s, c, run, "--retry", "--sbatch=--mem="+moreMemory)
	again.await("the merge of what was submitted again", task.ended, mergeTask)
	if t := again.state()[mergeTask]; t.state != "COMPLETED" {
		s.Fail("the second merge: %+v\n%s\n%s", t, again.said(mergeTask), again.said(tasks-1))
	}
}

// drawList draws the images, of which the last one is large.
func drawList(s *scene.Scene, list string) {
	images := s.Draw(s.Path("data"), tasks*filesOfTask*rowsOfFile-1, 300)
	large := s.Path("large.png")
	f, err := os.Create(large)
	s.Must(err)
	w := bufio.NewWriter(f)
	s.Must((&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, image.NewNRGBA(image.Rect(0, 0, bigSide, bigSide))))
	s.Must(w.Flush())
	s.Must(f.Close())
	s.Must(os.WriteFile(list, []byte(strings.Join(append(images, large), "\n")+"\n"), 0o644))
}

// other is a node where tasks run, and not that one.
func other(is map[int]task, not string) string {
	for _, t := range is {
		if t.node != "" && t.node != not {
			return t.node
		}
	}
	return ""
}

func least(all []int) int {
	m := all[0]
	for _, v := range all {
		m = min(m, v)
	}
	return m
}
