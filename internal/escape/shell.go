package escape

import (
	"strconv"
	"strings"
)

// Shell is a name as it can be typed in a shell: where it holds what cannot be printed, in the quotes of bash and zsh
// that have escapes, $'…'.
func Shell(name string) string {
	if Line(name) == name {
		return name
	}
	quoted := strconv.QuoteToASCII(name)
	return "$'" + strings.NewReplacer(`\"`, `"`, `'`, `\'`, `\\`, `\\`).Replace(quoted[1:len(quoted)-1]) + "'"
}
