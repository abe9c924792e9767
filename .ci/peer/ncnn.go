package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// ncnnTimes runs a program that times the bare net by ncnn, with weights of full precision: PROGRAM THREADS 0. It
// prints a line a job, "ncnn", the job's name of fc7 bench and milliseconds an image, between tabs; those of other jobs
// are not used.
func ncnnTimes(program string, threads int) (map[string]float64, error) {
	cmd := exec.Command(program, strconv.Itoa(threads), "0")
	cmd.Env = hugePages()
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	times := map[string]float64{}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			continue
		}
		ms, err := strconv.ParseFloat(strings.TrimSuffix(f[2], " ms/image"), 64)
		if err != nil || ms <= 0 {
			return nil, fmt.Errorf("%s: %q is no time, want milliseconds as in 50.1 ms/image", program, f[2])
		}
		times[f[1]] = ms
	}
	if len(times) == 0 {
		return nil, fmt.Errorf("%s printed no times, want lines of ncnn, a job and milliseconds", program)
	}
	return times, nil
}
