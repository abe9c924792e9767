// Package matfile reads MATLAB .mat files of version 5 (and 6, 7) and of version 7.3, which are HDF5, as one tree of
// values: numeric arrays, text, cells and structs. It only reads, with positioned reads, and executes nothing.
//
// Version 5 is that of MathWorks' "MAT-File Format" (the chapter on Level 5 MAT-files); version 7.3 has no published
// description: its conventions over HDF5 are the attributes MATLAB_class, MATLAB_empty and MATLAB_fields, object
// references from cells and struct arrays into the group #refs#, and sizes in reversed order, since MATLAB is
// column-major.
//
// Sparse arrays, function handles and objects of classes are named but not read. What lives where: value.go the tree,
// file.go the two kinds of files, level5.go and element.go version 5, inflate.go its compressed variables, level73.go
// version 7.3.
package matfile
