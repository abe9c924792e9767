package main

import (
	"errors"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fc7/internal/budget"
	"fc7/internal/f32"
	"fc7/internal/meter"
	"fc7/internal/monitor"
	"fc7/internal/origin"
	"fc7/pipeline/conveyor"
	"fc7/pipeline/extraction"
)

// measures is what a verb that looks at images tells of itself while it runs, by --metrics.
type measures struct {
	at     string // "": nothing is told, and nothing listens
	server *monitor.Server

	mu       sync.Mutex // of all that follows
	progress conveyor.Progress
	shards   int
	made     int
	training *trainingFigures // of a verb that trains, in the place of those
}

// metricsFlag is the address where a verb tells its figures.
func metricsFlag(cmd *cobra.Command, c *console) {
	flag(cmd.Flags(), &c.measures.at, "metrics", "address", "", monitor.ParseAddress,
		"HOST:PORT where Prometheus finds figures of this process (/metrics) while it runs, and, where only this machine can ask (localhost:9090), Go's profiles (/debug/pprof/); default: none, and nothing listens")
}

// serve begins to tell, where that is asked for.
func (c *console) serve(cmd *cobra.Command) (err error) {
	m := &c.measures
	if m.at == "" {
		return nil
	}
	if m.server, err = monitor.Serve(m.at, m.figures); err != nil {
		switch {
		case !ofPlan(cmd):
			return err
		case errors.Is(err, syscall.EADDRINUSE): // a task of another job may have the port
			return &extraction.PassingError{Err: err}
		}
		return &extraction.PermanentError{Err: err}
	}
	c.note("figures are at " + m.server.URL())
	return nil
}

// close ends that.
func (m *measures) close() {
	if m.server != nil {
		_ = m.server.Close() // of connections that nobody needs any more
	}
}

// of lets events be told on, and notes them.
func (m *measures) of(ev conveyor.Events) conveyor.Events {
	if m.server == nil {
		return ev
	}
	told := ev
	ev.Start = func(s conveyor.Start) { m.note(func() { m.shards += s.Shards }); told.TellStart(s) }
	ev.Progress = func(p conveyor.Progress) { m.note(func() { m.progress = p }); told.TellProgress(p) }
	ev.Shard = func(s conveyor.ShardDone) { m.note(func() { m.made++ }); told.TellShard(s) }
	return ev
}

func (m *measures) note(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do()
}

// figures are those of now.
func (m *measures) figures() []monitor.Figure {
	m.mu.Lock()
	p, shards, made := m.progress, m.shards, m.made
	m.mu.Unlock()
	if t := m.trained(); t != nil {
		return append(t.figures(), ofProcess()...)
	}
	seconds := func(stage string, d time.Duration) monitor.Sample {
		return monitor.Sample{Label: monitor.Label("stage", stage), Value: d.Seconds()}
	}
	return append([]monitor.Figure{
		monitor.Gauge("fc7_rows", "Rows of the table, or of this process's share of it.", float64(p.Total)),
		monitor.Gauge("fc7_rows_done", "Rows that are done, those of earlier starts included.", float64(p.Done)),
		monitor.Counter("fc7_rows_computed_total", "Rows that this process computed, failed ones included.", float64(p.Done-p.Earlier)),
		monitor.Counter("fc7_rows_failed_total", "Rows of those whose image failed.", float64(p.Failed)),
		monitor.Gauge("fc7_images_per_second", "Images a second, since the work began.", p.Rate()),
		monitor.Gauge("fc7_left_seconds", "Time that the rest takes at that rate; 0: not known.", p.Left().Seconds()),
		{Name: "fc7_stage_seconds_total", Help: "Time of the net: waiting for images, computing, waiting for the writer.", Counter: true, Samples: []monitor.Sample{
			seconds("waiting", p.Times.Waiting), seconds("computing", p.Times.Computing), seconds("writing", p.Times.Writing),
		}},
		monitor.Counter("fc7_batches_total", "Batches of images that went through the nets.", float64(p.Batches.Batches)),
		monitor.Counter("fc7_batch_images_total", "Images in those.", float64(p.Batches.Images)),
		monitor.Gauge("fc7_batch_images_max", "Images of the largest one.", float64(p.Batches.Largest)),
		monitor.Gauge("fc7_files", "Files of the table, or of the share.", float64(shards)),
		monitor.Counter("fc7_files_made_total", "Files of the table that this process made.", float64(made)),
	}, ofProcess()...)
}

// ofProcess are those of every verb.
func ofProcess() []monitor.Figure {
	name, goes, platform := origin.Program()
	memory, waited := budget.Shared(), budget.Shared().Waited()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return []monitor.Figure{
		{Name: "fc7_build_info", Help: "What this program is.", Samples: []monitor.Sample{{
			Label: monitor.Label("program", name) + "," + monitor.Label("go", goes) + "," + monitor.Label("platform", platform) + "," + monitor.Label("kernels", f32.Kernels()), Value: 1,
		}}},
		monitor.Counter("fc7_read_bytes_total", "Bytes of images that were read.", float64(meter.ImageBytes.Load())),
		{Name: "fc7_retries_total", Help: "What was tried again: requests to stores and web servers, and reading images while a disk or server was in trouble.", Counter: true, Samples: []monitor.Sample{
			{Label: monitor.Label("of", "store"), Value: float64(meter.StoreRetries.Load())}, {Label: monitor.Label("of", "image"), Value: float64(meter.ReadRetries.Load())},
		}},
		monitor.Gauge("fc7_memory_budget_bytes", "Memory that images share while they are decoded (--memory).", float64(memory.Limit())),
		monitor.Gauge("fc7_memory_held_bytes", "What they have of it.", float64(memory.Held())),
		monitor.Counter("fc7_memory_waits_total", "How often images waited for it.", float64(waited.Count)),
		monitor.Counter("fc7_memory_wait_seconds_total", "How long they did, all together.", waited.Time.Seconds()),
		monitor.Gauge("fc7_heap_bytes", "Memory of the program in Go's heap, what is garbage included.", float64(heap.HeapInuse)),
		monitor.Gauge("fc7_goroutines", "Goroutines.", float64(runtime.NumGoroutine())),
	}
}
