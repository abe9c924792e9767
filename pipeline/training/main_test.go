package training

import (
	"os"
	"testing"

	"fc7/internal/f32"
)

func TestMain(m *testing.M) {
	f32.SleepAtOnce()
	os.Exit(m.Run())
}
