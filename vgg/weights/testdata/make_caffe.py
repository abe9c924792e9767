"""Writes v1.caffemodel and v2.caffemodel with Google's protobuf, of messages with the fields of Caffe's caffe.proto.

Run in this folder: python3 make_caffe.py
Every blob counts 0, 1, 2, ...
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

F = descriptor_pb2.FieldDescriptorProto
file = descriptor_pb2.FileDescriptorProto(name="net.proto", package="caffe", syntax="proto2")


def message(name, *fields):
    m = file.message_type.add(name=name)
    for field, number, kind, repeated in fields:
        f = m.field.add(name=field, number=number, label=F.LABEL_REPEATED if repeated else F.LABEL_OPTIONAL)
        if isinstance(kind, str):
            f.type, f.type_name = F.TYPE_MESSAGE, ".caffe." + kind
        else:
            f.type = kind
            f.options.packed = repeated and kind != F.TYPE_STRING


INT, LONG, FLOAT, TEXT = F.TYPE_INT32, F.TYPE_INT64, F.TYPE_FLOAT, F.TYPE_STRING
message("BlobShape", ("dim", 1, LONG, True))
message("BlobProto", ("num", 1, INT, False), ("channels", 2, INT, False), ("height", 3, INT, False), ("width", 4, INT, False),
        ("data", 5, FLOAT, True), ("diff", 6, FLOAT, True), ("shape", 7, "BlobShape", False))
message("V1LayerParameter", ("bottom", 2, TEXT, True), ("top", 3, TEXT, True), ("name", 4, TEXT, False), ("type", 5, INT, False),
        ("blobs", 6, "BlobProto", True), ("blobs_lr", 7, FLOAT, True))
message("LayerParameter", ("name", 1, TEXT, False), ("type", 2, TEXT, False), ("bottom", 3, TEXT, True), ("top", 4, TEXT, True),
        ("blobs", 7, "BlobProto", True), ("phase", 10, INT, False))
message("NetParameter", ("name", 1, TEXT, False), ("layers", 2, "V1LayerParameter", True), ("input", 3, TEXT, True),
        ("input_dim", 4, INT, True), ("layer", 100, "LayerParameter", True))
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
Net = message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("caffe.NetParameter"))

LAYERS = [  # name, type in V1 and V2, shapes
    ("data", 5, "Data", []),
    ("conv1_1", 4, "Convolution", [(4, 3, 3, 3), (4,)]),
    ("relu1_1", 18, "ReLU", []),
    ("fc6", 14, "InnerProduct", [(5, 36), (5,)]),
    ("prob", 20, "Softmax", []),
]

v1, v2 = Net(name="VGG"), Net(name="VGG")
for name, old, new, shapes in LAYERS:
    a = v1.layers.add(name=name, type=old, bottom=["data"], top=[name])
    b = v2.layer.add(name=name, type=new, bottom=["data"], top=[name], phase=1)
    for shape in shapes:
        n = 1
        for d in shape:
            n *= d
        num, channels, height, width = (1,) * (4 - len(shape)) + shape
        a.blobs.add(num=num, channels=channels, height=height, width=width, data=range(n), diff=[0] * n)
        b.blobs.add(data=range(n)).shape.dim.extend(shape)
for name, net in ("v1.caffemodel", v1), ("v2.caffemodel", v2):
    with open(name, "wb") as f:
        f.write(net.SerializeToString())
