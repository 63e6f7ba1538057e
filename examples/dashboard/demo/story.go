package demo

// Step makes one change.
func (w *World) Step() error { return nil }
