// Package localisation says where objects are, by nets that predict boxes (appendix A of the paper): Evaluate scores
// the boxes of a data set that has true ones, Predict writes those of any images.
//
// What the nets give at each position of each image is kept as feature tables of maps (fc8), a table a net and kind of
// views, made as any extraction's are: interrupted at any moment, the same call goes on, and nets that come later are
// added to what is there. All else follows from the tables, image after image (answer.go): which classes an image is
// of, and of each class the box that the windows of all nets and scales agree on most.
package localisation
