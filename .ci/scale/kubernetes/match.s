// So that a function may be without a body here: see status.go.
