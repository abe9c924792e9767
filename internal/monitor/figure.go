package monitor

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Figure is one figure, of one value or of several that a label tells apart.
type Figure struct {
	Name    string // fc7_rows_total
	Help    string
	Counter bool // it never falls while the process lives; else a gauge
	Samples []Sample
}

// Sample is a value of a figure.
type Sample struct {
	Label string // name="value" of it; see Label. "": the only one
	Value float64
}

// Gauge is a figure that may fall.
func Gauge(name, help string, value float64) Figure {
	return Figure{Name: name, Help: help, Samples: []Sample{{Value: value}}}
}

// Counter is one that does not.
func Counter(name, help string, value float64) Figure {
	f := Gauge(name, help, value)
	f.Counter = true
	return f
}

// Label is a label as the format has it.
func Label(name, value string) string {
	return name + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value) + `"`
}

// write writes figures in Prometheus' text format.
func write(w io.Writer, all []Figure) error {
	var b strings.Builder
	for _, f := range all {
		kind := "gauge"
		if f.Counter {
			kind = "counter"
		}
		help := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(f.Help)
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", f.Name, help, f.Name, kind)
		for _, s := range f.Samples {
			b.WriteString(f.Name)
			if s.Label != "" {
				b.WriteString("{" + s.Label + "}")
			}
			b.WriteString(" " + strconv.FormatFloat(s.Value, 'g', -1, 64) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
