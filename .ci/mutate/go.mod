module fc7/mutate

go 1.26.8
