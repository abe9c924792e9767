// Package teams shares out the cores of a machine among teams, each of which takes batches of images of its own.
package teams
