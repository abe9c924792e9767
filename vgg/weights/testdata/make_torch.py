"""Writes the .pth files of this folder and expected.json, with PyTorch 1.13 (any from 1.6 on serves).

Run in this folder: python3 make_torch.py
expected.json has, for each file and tensor, what PyTorch reads back: shape, dtype, and the elements as float32,
little-endian, in base64.
"""
import argparse
import base64
import collections
import json

import torch

expected = {}


def state():
    torch.manual_seed(1)
    base = torch.randn(24)
    weight = torch.randn(4, 3, 3, 3)
    return collections.OrderedDict([
        ("features.0.weight", weight),
        ("features.0.bias", torch.randn(4).half()),
        ("bn.weight", torch.randn(5).bfloat16()),
        ("bn.running_var", torch.randn(3).double()),
        ("bn.num_batches_tracked", torch.tensor(7)),
        ("kinds.int32", torch.tensor([1, -2, 1 << 30], dtype=torch.int32)),
        ("kinds.int16", torch.tensor([1, -2, 32767], dtype=torch.int16)),
        ("kinds.int8", torch.tensor([1, -2, 127], dtype=torch.int8)),
        ("kinds.uint8", torch.tensor([1, 2, 255], dtype=torch.uint8)),
        ("kinds.bool", torch.tensor([True, False, True])),
        ("layout.channels_last", torch.randn(4, 3, 2, 2).contiguous(memory_format=torch.channels_last)),
        ("layout.transposed", torch.randn(5, 3).t()),
        ("layout.slice", base[2:6]),
        ("layout.stepped", base[1::3]),
        ("layout.block", base.view(4, 6)[1:3, 2:5]),
        ("layout.half_transposed", torch.randn(3, 4).half().t()),
        ("layout.empty", torch.zeros(0, 3)),
        ("layout.tied", weight),
        ("layout.parameter", torch.nn.Parameter(torch.randn(2, 2))),
    ])


def save(name, value, tensors=None, **options):
    torch.save(value, name, **options)
    if tensors is not None:
        note(name, tensors)


def note(name, tensors):
    expected[name] = {}
    for key, t in tensors.items():
        raw = t.detach().contiguous().float().numpy().tobytes()
        expected[name][key] = {
            "shape": list(t.shape), "dtype": str(t.dtype).removeprefix("torch."), "float32": base64.b64encode(raw).decode(),
        }


def both(name, value, tensors=None):
    save(name + "_zip.pth", value, tensors)
    save(name + "_legacy.pth", value, tensors, _use_new_zipfile_serialization=False)


both("state", state(), state())



class Old:
    """Pickles a tensor as the PyTorch of before 0.4 did: as a class to call and a state to set."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


data = torch.randn(2, 3)
hooks = collections.OrderedDict()
save("old_legacy.pth", {
    "called": Old(torch.nn.Parameter, (data,), (True, False, hooks)),
    "state": Old(torch.nn.Parameter, (), (data, None, hooks, True, False)),
    "tensor": Old(torch.Tensor, (), (data.storage(), 2, (2, 2), (1, 2))),
}, _use_new_zipfile_serialization=False)
note("old_legacy.pth", torch.load("old_legacy.pth"))

small = {"conv.weight": torch.arange(6.0).view(2, 3), "conv.bias": torch.tensor([0.5, -0.5])}
for protocol in (3, 4, 5):
    save(f"protocol{protocol}_zip.pth", small, small, pickle_protocol=protocol)
    save(f"protocol{protocol}_legacy.pth", small, small, pickle_protocol=protocol, _use_new_zipfile_serialization=False)

model = torch.nn.Sequential(torch.nn.Linear(3, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model(torch.ones(1, 3)).sum().backward()
optimizer.step()
checkpoint = {
    "epoch": 3, "arch": "vgg16", "lr": 0.125, "best_acc1": torch.tensor(71.5), "optimizer": optimizer.state_dict(),
    "args": argparse.Namespace(data="/data", lr=0.1), "state_dict": torch.nn.DataParallel(model).state_dict(),
}
both("checkpoint", checkpoint, model.state_dict())



class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))

    def forward(self, x):
        return x * self.weight


both("module", Tiny())
save("model_inside.pth", {"epoch": 1, "model": Tiny()})
torch.jit.save(torch.jit.script(Tiny()), "script.pt")
save("single.pth", torch.ones(2))
save("list.pth", [torch.ones(2)])
save("complex.pth", {"weight": torch.ones(2, dtype=torch.complex64)})
save("expanded.pth", {"weight": torch.ones(1, 2).expand(3, 2)})
save("quantized.pth", {"weight": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)})
save("sparse.pth", {"weight": torch.eye(2).to_sparse()})
save("nothing.pth", {"epoch": 3, "name": "none"})

with open("expected.json", "w") as f:
    json.dump(expected, f, indent=1)
    f.write("\n")
