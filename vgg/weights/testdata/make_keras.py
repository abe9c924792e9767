#!/usr/bin/env python3
"""Makes keras2_tiny.h5 and keras3_tiny.h5, one layer each. Run with Debian's python3-h5py: python3 make_keras.py."""
import h5py
import numpy as np

with h5py.File("keras2_tiny.h5", "w", libver="latest") as f:
    f.attrs["layer_names"] = [b"conv"]
    f.create_group("conv").attrs["weight_names"] = [b"conv/kernel:0"]
    f["conv/conv/kernel:0"] = np.arange(6, dtype="<f2").reshape(1, 1, 2, 3)
with h5py.File("keras3_tiny.h5", "w", libver="latest") as f:
    f["layers/conv2d/vars/0"] = np.arange(6, dtype="<f4").reshape(1, 1, 2, 3)
