// Package pages writes a run as one HTML page: an extraction with its heads, a reproduction, a training.
package pages
