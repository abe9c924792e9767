// Package rowkey names the rows of feature tables for people and for joins.
package rowkey

import "strconv"

// Of names a row: its image, with #OBJECT for one of its objects, which count from 1.
func Of(image string, object int) string {
	if object > 0 {
		return image + "#" + strconv.Itoa(object)
	}
	return image
}
