package escape

// shown is how many characters of a text from outside a message can take.
const shown = 100

// Short cuts a text from outside for a message.
func Short(s string) string { return cut(s, shown) }

// cut cuts s to n characters, of which the last is then an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	count, end := 0, 0 // end: where n-1 characters end
	for i := range s {
		if count == n-1 {
			end = i
		}
		if count++; count > n {
			return s[:end] + "…"
		}
	}
	return s
}
