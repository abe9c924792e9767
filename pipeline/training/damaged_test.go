package training

import (
	"testing"

	"fc7/internal/hostile"
)

func FuzzSchedule(f *testing.F) { scheduleTarget().Fuzz(f) }

func TestDamaged(t *testing.T) { scheduleTarget().Test(t, "FuzzSchedule") }

// scheduleTarget reads schedules of the learning rate.
func scheduleTarget() *hostile.Target {
	return &hostile.Target{
		Seeds: hostile.Texts("plateau", "plateau:7", "steps:20,40", "steps:1", "cosine", "constant", "steps:3,9,12", "plateau:1", "steps:60,90,120,160", "plateau:999"),
		Words: []string{"plateau", "steps", "cosine", "constant", ":", ",", "0", "-1", "99999999999999999999", "5"},
		Alloc: func(n int) uint64 { return 1<<20 + 1000*uint64(n) },
		Read: func(file []byte, r *hostile.Result) error {
			s, err := parseSchedule(string(file), 10)
			if err != nil {
				return err
			}
			for i, e := range s.steps {
				if e < 1 || i > 0 && e <= s.steps[i-1] {
					r.Errorf("steps %v", s.steps)
				}
			}
			if s.patience < 1 {
				r.Errorf("patience %d", s.patience)
			}
			r.Text(s.kind)
			r.Int(s.steps...)
			return nil
		},
	}
}
