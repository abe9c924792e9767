"""Writes the NumPy files of the tests: python3 make_numpy.py, with NumPy 1.17 or later.

Every array counts 0, 1, 2, ... in row-major order.
"""

import io
import pickle

import numpy as np


def counting(dtype, *shape, order="C"):
    return np.asarray(np.arange(np.prod(shape)).reshape(shape), dtype=dtype, order=order)


np.savez(
    "arrays.npz",
    c_f4=counting("<f4", 2, 3, 4),
    fortran_f4=counting("<f4", 2, 3, 4, order="F"),
    fortran_big_f8=counting(">f8", 3, 5, order="F"),
    big_f4=counting(">f4", 2, 5),
    f2=counting("<f2", 7),
    big_i2=counting(">i2", 2, 2),
    i8=counting("<i8", 3),
    u1=counting("u1", 2, 3, order="F"),
    scalar=np.float32(0),
    empty=np.zeros((0, 3), "<f4"),
)
np.savez_compressed(
    "deflated.npz",
    c_f4=counting("<f4", 2, 3, 4),
    fortran_f4=counting("<f4", 2, 3, 4, order="F"),
    big_f8=counting(">f8", 300),
)
layers = {
    "conv1_1": [counting("<f4", 3, 3, 3, 64), counting("<f4", 64)],  # the weights are long enough to stay in the file
    "fc6": {"weights": counting("<f4", 4, 6, order="F"), "biases": counting(">f8", 6)},
    "mean": counting("<f4", 3),
}
np.save("layers.npy", layers, allow_pickle=True)

# Protocol 2 of Python 3 writes bytes as a text to encode.
out = io.BytesIO()
np.lib.format.write_array_header_1_0(out, {"descr": "|O", "fortran_order": False, "shape": ()})
pickle.dump(np.array(layers), out, protocol=2)
open("layers_protocol2.npy", "wb").write(out.getvalue())
