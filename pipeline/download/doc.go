// Package download brings published files to this machine: weights into a cache, data sets into a folder of the user's.
// It joins internal/catalogue to internal/fetch and internal/unpack. Nothing is ever downloaded that the user did not
// ask for by the verb fetch.
package download
