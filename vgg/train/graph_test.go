package train

import "testing"

// Layers below the lowest trained one have no gradient at all, so frozen layers cost nothing but their forward pass.
func TestFrozenHaveNoGradientOps(t *testing.T) {
	count := func(o Options) (n int) {
		for _, node := range tinyEngine(t, o).trainer.expr.AllNodes() {
			if _, ok := node.Op().(*gradient); ok {
				n++
			}
		}
		return n
	}
	// fc8 alone: its weights, its bias and the loss.
	if n := count(with(func(o *Options) { o.Freeze = []string{"conv*", "fc6", "fc7"} })); n != 3 {
		t.Errorf("%d gradients with all but fc8 frozen, expected 3", n)
	}
	if all := count(Defaults()); all <= 20 {
		t.Errorf("%d gradients with nothing frozen", all)
	}
}
