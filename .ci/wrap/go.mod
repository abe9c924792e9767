module fc7/ci/wrap

go 1.26.8
