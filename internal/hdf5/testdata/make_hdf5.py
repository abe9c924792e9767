#!/usr/bin/env python3
"""Makes earliest.h5 and latest.h5: the same objects in the oldest and the newest structures of HDF5; tiny_*.h5 to fuzz with.

Run with Debian's python3-h5py: python3 make_hdf5.py. Every dataset counts 0, 1, 2, ... (modulo 100) in row-major order.
"""
import h5py
import numpy as np


def counting(shape, dtype="<f4"):
    return (np.arange(int(np.prod(shape))) % 100).astype(dtype).reshape(shape)


def implicit(group, name, data, chunks):
    space = h5py.h5s.create_simple(data.shape)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(chunks)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist).write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def compact(group, name, data):
    space = h5py.h5s.create_simple(data.shape)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist).write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def write(path, libver, block):
    with h5py.File(path, "w", libver=libver, userblock_size=block) as f:
        types = f.create_group("types")
        for t in ("<f2", "<f4", ">f4", "<f8", ">f8", "|i1", "<i2", ">i4", "<i8", "|u1", ">u2", "<u4", "<u8"):
            types.create_dataset("t_" + t.replace("<", "le").replace(">", "be").replace("|", ""), data=counting((3, 5), t))
        types.create_dataset("bool", data=np.array([True, False, True]))
        types.create_dataset("scalar", data=np.float32(7))
        types.create_dataset("complex", data=np.zeros(2, "<c8"))
        types["committed"] = np.dtype("<f4")
        types.create_dataset("by_committed", (2, 3), dtype=types["committed"])[:] = counting((2, 3))

        chunks = f.create_group("chunks")
        x = counting((7, 10, 4))
        chunks.create_dataset("plain", data=x, chunks=(3, 4, 4))
        chunks.create_dataset("split", data=x, chunks=(3, 4, 3))
        chunks.create_dataset("gzip", data=x, chunks=(2, 10, 4), compression="gzip")
        chunks.create_dataset("all", data=x, chunks=(3, 4, 3), compression="gzip", shuffle=True, fletcher32=True)
        chunks.create_dataset("fletcher_odd", data=counting((5, 7), "|u1"), chunks=(5, 7), fletcher32=True)
        chunks.create_dataset("single", data=x, chunks=x.shape)
        chunks.create_dataset("single_gzip", data=x, chunks=x.shape, compression="gzip")
        chunks.create_dataset("many", data=counting((1500,), "|u1"), chunks=(1,))
        chunks.create_dataset("many_gzip", data=counting((1300,), "|u1"), chunks=(1,), compression="gzip")
        implicit(chunks, "implicit", x, (3, 4, 3))
        compact(chunks, "compact", counting((2, 3)))
        holes = chunks.create_dataset("holes", (8, 8), "<f4", chunks=(4, 4), fillvalue=5)
        holes[0:4, 4:8] = 1
        chunks.create_dataset("never", (4,), "<f4", fillvalue=3)
        chunks.create_dataset("grows", data=counting((9, 2)), chunks=(2, 2), maxshape=(None, 2))
        chunks.create_dataset("lzf", data=x, chunks=(3, 4, 3), compression="lzf")
        chunks.create_dataset("empty", data=np.zeros((0, 3), "<f4"))

        members = f.create_group("members")
        for i in range(100):
            members.create_group(f"m{i:03d}")
        f["few/a/b/c"] = counting((2,))
        f["few/soft"] = h5py.SoftLink("/types/scalar")
        f["few/outside"] = h5py.ExternalLink("other.h5", "/x")

        f["few"].attrs["fixed"] = np.array([b"one", b"three"], "S5")
        f["few"].attrs["variable"] = np.array(["conv1", "", "ünï"], dtype=h5py.string_dtype())
        f["few"].attrs["scalar"] = "one text"
        f["few"].attrs["bytes"] = np.bytes_("fixed text")
        f["few"].attrs["nothing"] = np.array([], "f8")
        f["few"].attrs["numbers"] = np.arange(3)
        letters = np.empty(2, object)
        letters[:] = [np.array([b"w", b"b"], "S1"), np.array([b"x", b"y", b"z"], "S1")]
        f["few"].attrs.create("letters", letters, dtype=h5py.vlen_dtype(np.dtype("S1")))
        for i in range(20):
            f["members"].attrs[f"a{i}"] = f"value {i}"

        refs = f.create_dataset("refs", (3, 1), dtype=h5py.ref_dtype)
        refs[0, 0], refs[1, 0] = f["types/t_lef4"].ref, f["few"].ref


def tiny(path, libver):
    with h5py.File(path, "w", libver=libver) as f:
        f.create_dataset("g/x", data=counting((4, 3)), chunks=(2, 2), compression="gzip", shuffle=True)
        f.attrs["names"] = np.array(["g", "x"], dtype=h5py.string_dtype())
        f["g/back"] = f["/"]
        f["r"] = np.array([f["g"].ref], dtype=h5py.ref_dtype)


write("earliest.h5", "earliest", 0)
write("latest.h5", "latest", 512)
tiny("tiny_earliest.h5", "earliest")
tiny("tiny_latest.h5", "latest")
