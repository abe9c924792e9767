package localisation

import (
	"testing"

	"fc7/pipeline/internal/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }
