#!/usr/bin/env python3
"""Makes small_*.h5: each one kind of structure of HDF5, in a few kB, to damage.

Run with Debian's python3-h5py: python3 make_small.py.
"""
import h5py
import numpy as np


def counting(shape, dtype="<f4"):
    return (np.arange(int(np.prod(shape))) % 100).astype(dtype).reshape(shape)


def small(name, libver, fill):
    with h5py.File(f"small_{name}.h5", "w", libver=libver) as f:
        fill(f)


def texts(f):
    f.attrs["fixed"] = np.array([b"one", b"three"], "S5")
    f.attrs["names"] = np.array(["g", "x"], dtype=h5py.string_dtype())
    letters = np.empty(2, object)
    letters[:] = [np.array([b"w", b"b"], "S1"), np.array([b"x"], "S1")]
    f.attrs.create("letters", letters, dtype=h5py.vlen_dtype(np.dtype("S1")))


def types(f):
    for t in ("<f2", ">f8", "|i1", ">u2", "<i8"):
        f.create_dataset(t[1:], data=counting((2, 3), t))
    f.create_dataset("bool", data=np.array([True, False]))
    f["committed"] = np.dtype("<f4")
    f.create_dataset("by", (2,), dtype=f["committed"])[:] = [1, 2]


def filters(f):
    f.create_dataset("all", data=counting((4, 4)), chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)
    f.create_dataset("odd", data=counting((3, 3), "|u1"), chunks=(3, 3), fletcher32=True)
    f.create_dataset("holes", (4, 4), "<f4", chunks=(2, 2), fillvalue=5)[0:2, 2:4] = 1


def dense(f):
    for i in range(12):
        f[f"g/m{i}"] = np.float32(i)
    for i in range(10):
        f["g"].attrs[f"a{i}"] = f"v{i}"


def grows(f):
    f.create_dataset("one", data=counting((9, 2)), chunks=(2, 2), maxshape=(None, 2))
    f.create_dataset("two", data=counting((5, 4)), chunks=(2, 2), maxshape=(None, None))


def implicit(f):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2, 2))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    h5py.h5d.create(f.id, b"implicit", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((3, 3)), plist).write(h5py.h5s.ALL, h5py.h5s.ALL, counting((3, 3)))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 2)), plist).write(h5py.h5s.ALL, h5py.h5s.ALL, counting((2, 2)))
    f.create_dataset("single", data=counting((3, 3)), chunks=(3, 3), compression="gzip")


def links(f):
    f["a/b/c"] = counting((2,))
    f["soft"] = h5py.SoftLink("/a/b")
    f["outside"] = h5py.ExternalLink("other.h5", "/x")
    f["r"] = np.array([f["a"].ref, f["a/b/c"].ref], dtype=h5py.ref_dtype)


for kind, fill in {"texts": texts, "types": types, "filters": filters, "links": links}.items():
    small("old_" + kind, "earliest", fill)
for kind, fill in {"texts": texts, "filters": filters, "dense": dense, "grows": grows, "implicit": implicit, "links": links}.items():
    small("new_" + kind, "latest", fill)
