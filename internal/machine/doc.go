// Package machine asks the machine what it has: room on a disk, memory that this process took.
package machine
