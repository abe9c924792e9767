module fc7/scale

go 1.26.8
