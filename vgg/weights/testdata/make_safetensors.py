"""Writes counting.safetensors from the description of the format alone (github.com/huggingface/safetensors, README).

Run in this folder: python3 make_safetensors.py
"""
import json
import struct

tensors = [  # name, type, shape, packed elements; in the order of their bytes, which is not that of the header
    ("half", "F16", [2, 2], struct.pack("<4e", 0, 0.5, 1, -2)),
    ("single", "F32", [2, 3], struct.pack("<6f", 0, 1, 2, 3, 4, 5)),
    ("double", "F64", [2], struct.pack("<2d", 0.1, -1e10)),
    ("brain", "BF16", [2], struct.pack("<2H", 0x3F80, 0xC000)),
    ("count", "I64", [], struct.pack("<q", 7)),
    ("nothing", "F32", [0, 4], b""),
    ("gr\u00fc\u00dfe \"quoted\"", "U8", [3], bytes([1, 2, 255])),
    ("flags", "BOOL", [2], bytes([0, 1])),
]
header, data = {}, b""
for name, dtype, shape, raw in tensors:
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
header = {"__metadata__": {"format": "pt", "made by": "hand"}} | dict(sorted(header.items()))
text = json.dumps(header, ensure_ascii=False).encode()
text += b" " * (-len(text) % 8)
with open("counting.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
