// Package finetune trains new last layers on frozen ones: on descriptors that the frozen layers have computed once, so that an
// epoch costs what the new layers cost. One layer is multinomial logistic regression (one class an image) or a logistic
// regression a class (several); with Options.Hidden there are fully connected layers with ReLU before it, as fc7 before fc8.
//
// The layers are trained with the graph and solver of package train. Several views of an image are several rows of X.
package finetune
