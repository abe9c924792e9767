#!/usr/bin/env python3
"""Writes TensorFlow checkpoints without TensorFlow, after LevelDB's doc/table_format.md and doc/log_format.md (CRC),
tensor_bundle.proto and saved_tensor_slice.proto.

python3 make_tf.py makes the small files here: v2.ckpt.index with v2.ckpt.data-0000?-of-00002 (two shards, optimizer
slots, a text), v1.ckpt (V1; one block is snappy), and tf2.index with its shard (names of TensorFlow 2).
python3 make_tf.py WEIGHTS.npz PREFIX writes a bundle and PREFIX.v1 of the arrays in a .npz, names with / as they are.
"""
import struct
import sys

import numpy as np

POLY = 0x82F63B78
TABLE = np.zeros(256, np.uint32)
for i in range(256):
    c = i
    for _ in range(8):
        c = c >> 1 ^ (POLY if c & 1 else 0)
    TABLE[i] = c


def crc_plain(data, crc=0):
    crc ^= 0xFFFFFFFF
    for b in data:
        crc = int(TABLE[(crc ^ b) & 255]) ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def crc32c(data):
    """Long data in many lanes at once: the register is linear in data and start."""
    data = bytes(data)
    lanes = 1 << 14
    n = len(data) // lanes
    if n < 16:
        return crc_plain(data)
    rows = np.frombuffer(data, np.uint8, n * lanes).reshape(lanes, n)
    reg = np.zeros(lanes, np.uint32)  # of each lane, from 0
    for k in range(n):
        reg = TABLE[(reg ^ rows[:, k]) & 255] ^ reg >> 8
    basis = 1 << np.arange(32, dtype=np.uint32)  # what n zero bytes make of each bit
    for _ in range(n):
        basis = TABLE[basis & 255] ^ basis >> 8
    shift = [[0] * 256 for _ in range(4)]
    for byte in range(4):
        for v in range(256):
            for bit in range(8):
                if v >> bit & 1:
                    shift[byte][v] ^= int(basis[8 * byte + bit])
    crc = 0xFFFFFFFF
    for r in reg.tolist():
        crc = shift[0][crc & 255] ^ shift[1][crc >> 8 & 255] ^ shift[2][crc >> 16 & 255] ^ shift[3][crc >> 24] ^ r
    return crc_plain(data[n * lanes:], crc ^ 0xFFFFFFFF)


def mask(crc):
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def num(field, n):
    return varint(field << 3) + varint(n) if n else b""


def msg(field, b):
    return varint(field << 3 | 2) + varint(len(b)) + b


DTYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9, "float16": 19}


def shape_of(a):
    return b"".join(msg(2, num(1, d)) for d in a.shape)


def snappy(data):
    """Literals of 60 bytes, and copies of 4 to 64 equal bytes that went before."""
    out, i = varint(len(data)), 0
    lit = b""

    def flush(lit):
        return b"".join(bytes([len(p) - 1 << 2]) + p for p in (lit[k:k + 60] for k in range(0, len(lit), 60)))

    while i < len(data):
        run = 0
        while i >= 4 and run < 64 and i + run < len(data) and data[i + run] == data[i + run - 4]:
            run += 1
        if run >= 4:
            out += flush(lit) + bytes([run - 1 << 2 | 2]) + struct.pack("<H", 4)
            lit, i = b"", i + run
        else:
            lit, i = lit + data[i:i + 1], i + 1
    return out + flush(lit)


class Table:
    def __init__(self, f, block=4096, packed=False):
        self.f, self.block, self.packed = f, block, packed
        self.index, self.buf, self.restarts, self.n, self.last, self.key = [], [], [0], 0, b"", b""
        self.size = 0

    def add(self, key, *parts):
        shared = 0
        if self.n % 16 == 0 and self.n:
            self.restarts.append(self.size)
        elif self.n:
            while shared < min(len(key), len(self.key)) and key[shared] == self.key[shared]:
                shared += 1
        head = varint(shared) + varint(len(key) - shared) + varint(sum(len(p) for p in parts)) + key[shared:]
        for p in (head, *parts):
            self.buf.append(p)
            self.size += len(p)
        self.n, self.key = self.n + 1, key
        if self.size >= self.block:
            self.flush()

    def write(self, data, packed=False):
        at = self.f.tell()
        kind = b"\0"
        if packed:
            data, kind = snappy(data), b"\1"
        self.f.write(data)
        self.f.write(kind + struct.pack("<I", mask(crc32c(data + kind))))
        return varint(at) + varint(len(data))

    def flush(self):
        if self.n:
            tail = b"".join(struct.pack("<I", r) for r in self.restarts) + struct.pack("<I", len(self.restarts))
            self.index.append((self.key + b"\0", self.write(b"".join(self.buf) + tail, self.packed)))
        self.buf, self.restarts, self.n, self.size, self.key = [], [0], 0, 0, b""

    def close(self):
        self.flush()
        meta = self.write(struct.pack("<II", 0, 1))
        body = b"".join(varint(0) + varint(len(k)) + varint(len(v)) + k + v for k, v in self.index)
        at = []
        pos = 0
        for k, v in self.index:  # a restart each, as in LevelDB's index blocks
            at.append(pos)
            pos += len(varint(0) + varint(len(k)) + varint(len(v)) + k + v)
        handles = meta + self.write(body + b"".join(struct.pack("<I", p) for p in at) + struct.pack("<I", len(at)))
        self.f.write(handles.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57))


def bundle(prefix, arrays, shards=1, texts=()):
    files = [open(f"{prefix}.data-{i:05d}-of-{shards:05d}", "wb") for i in range(shards)]
    entries = {b"": num(1, shards) + msg(3, num(1, 1))}
    for i, (name, a) in enumerate(arrays.items()):
        a = np.asarray(a, order="C")
        raw = a.tobytes()
        f = files[i % shards]
        at = f.tell()
        f.write(raw)
        entries[name.encode()] = (num(1, DTYPES[a.dtype.name]) + msg(2, shape_of(a)) + num(3, i % shards) + num(4, at) +
                                  num(5, len(raw)) + varint(6 << 3 | 5) + struct.pack("<I", mask(crc32c(raw))))
    for name in texts:
        entries[name.encode()] = num(1, 7) + msg(2, b"") + num(5, 3)
    with open(prefix + ".index", "wb") as f:
        t = Table(f, 400)
        for k in sorted(entries):
            t.add(k, entries[k])
        t.close()


def ordered_string(s):
    return s.replace(b"\0", b"\0\xff").replace(b"\xff", b"\xff\0") + b"\0\1"


def slices(path, arrays, packed=False, block=4096):
    meta = b""
    for name, a in arrays.items():
        whole = msg(4, b"".join(msg(1, b"") for _ in a.shape))
        meta += msg(1, msg(1, name.encode()) + msg(2, shape_of(a)) + num(3, DTYPES[a.dtype.name]) + whole)
    rows = {b"": (msg(1, meta + msg(2, num(1, 1))),)}
    for name, a in arrays.items():
        a = np.asarray(a, order="C")
        raw = a.tobytes()
        if a.dtype == np.float32:
            data = varint(5 << 3 | 2) + varint(len(raw))
        else:
            raw = b"".join(varint(int(v)) for v in a.reshape(-1))
            data = varint((10 if a.dtype == np.int64 else 7) << 3 | 2) + varint(len(raw))
        head = msg(1, name.encode()) + msg(2, b"".join(msg(1, b"") for _ in a.shape))
        head += varint(3 << 3 | 2) + varint(len(data) + len(raw)) + data
        key = b"\0" + ordered_string(name.encode()) + b"\1" + bytes([a.ndim]) + b"\x80\x7f" * a.ndim
        rows[key] = (varint(2 << 3 | 2) + varint(len(head) + len(raw)) + head, raw)
    with open(path, "wb") as f:
        t = Table(f, block, packed)
        for k in sorted(rows):
            t.add(k, *rows[k])
        t.close()


def main():
    assert crc_plain(b"123456789") == 0xE3069283
    some = bytes(np.arange(1 << 19, dtype=np.uint32).astype(np.uint8))
    assert crc32c(some) == crc_plain(some)
    if len(sys.argv) == 3:
        z = np.load(sys.argv[1])
        arrays = {k: z[k] for k in z.files}
        bundle(sys.argv[2], arrays)
        slices(sys.argv[2] + ".v1", arrays)
        return
    count = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    net = {"vgg_16/conv1/conv1_1/weights": count, "vgg_16/conv1/conv1_1/biases": np.float32([1.5, -2, 3]),
           "vgg_16/conv1/conv1_1/weights/Momentum": -count, "global_step": np.int64(12345), "vgg_16/half": np.float16([0.5, 2]),
           "vgg_16/double": np.float64([[0.1]]), "vgg_16/int": np.int32([-1, 2])}
    for i in range(40):
        net[f"vgg_16/filler/variable_{i:02d}/weights"] = np.float32([i, i + 0.25])
    bundle("v2.ckpt", net, shards=2, texts=["_CHECKPOINTABLE_OBJECT_GRAPH"])
    del net["vgg_16/half"], net["vgg_16/double"]
    slices("v1.ckpt", net, block=1000)
    slices("v1_snappy.ckpt", net, packed=True)
    bundle("tf2", {"layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE": count,
                   "layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE": count,
                   "optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE": np.int64(7), "save_counter/.ATTRIBUTES/VARIABLE_VALUE": np.int64(1)})


main()
