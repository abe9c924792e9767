// Package browser finds a browser for the tests that open a page in one. Only tests import this package.
package browser

import (
	"os"
	"path/filepath"
	"testing"
)

// Path is where a Chromium is: what FC7_CHROMIUM names, or one on the path. The test is skipped where there is none,
// and with -short.
func Path(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no browser is started")
	}
	if path := os.Getenv("FC7_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
			for _, ending := range []string{"", ".exe"} {
				path := filepath.Join(folder, name+ending)
				if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && (ending != "" || info.Mode()&0o111 != 0) {
					return path
				}
			}
		}
	}
	t.Skip("no Chromium on the path, and FC7_CHROMIUM does not name one: the page is not opened in a browser")
	return ""
}
