package main

import (
	"fmt"
	"strings"
	"time"

	"fc7/scale/scene"
)

// plannedRun is where the planned table is made, in the bucket.
const plannedRun = "runs/planned"

// makePlanned lets four workers make a table, of whom two are at the same files, and whichever gives up for the store's
// sake (status 75) is started again, as a scheduler would. One is killed on the way.
func makePlanned(s *scene.Scene, p *proxy, st *store) {
	run := st.at(plannedRun)
	settings := []string{"list:" + st.at("list.txt"), "--weights", st.at("net.safetensors"), "--scales", "224", "--shard-rows", "2"}
	s.Run(0, append([]string{"extract", "--out", s.Path("twos")}, settings...)...)
	s.Run(0, append([]string{"plan", "--tasks", "3", "--out", run}, settings...)...)
	killed := s.Start("extract", "--plan", run, "--task", "2", "--keep-every", "1ms")
	s.Await("a file of the last task", time.Minute, func() bool { return p.sent("features") })
	s.Must(killed.Process.Kill())
	killed.Wait()
	workers := []int{0, 1, 1, 2}
	errs := make(chan string, len(workers))
	for _, task := range workers {
		go func() { errs <- again(s, "extract", "--plan", run, "--task", fmt.Sprint(task), "--keep-every", "1ms") }()
	}
	for range workers {
		if said := <-errs; said != "" {
			s.Fail("%s", said)
		}
	}
	if said := again(s, "merge", run); said != "" {
		s.Fail("%s", said)
	}
	s.Same(s.Path("twos"), st.got(s, plannedRun), "features")
	s.Say("a planned table on the store, of four workers of which two did the same and one was killed before, is that of the disk: %s", p.told(s, 1, slow, away, cut, lost, trickle))
}

// again starts fc7 until it ends well, as often as a status says that another try may do better. "" is well.
func again(s *scene.Scene, args ...string) string {
	const tries = 8
	for n := 1; ; n++ {
		said, status := s.Start(args...).Wait()
		switch {
		case status == 0:
			return ""
		case status != 75 || n == tries:
			return fmt.Sprintf("fc7 %s: status %d, try %d\n%s", strings.Join(args, " "), status, n, said)
		}
	}
}
