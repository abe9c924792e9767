// Package teams shares out the cores of a machine among teams, each of which takes batches of images of its own, and
// foretells how long that takes: by a formula, for the choice, and by a simulation, against which the choice is held.
package teams
