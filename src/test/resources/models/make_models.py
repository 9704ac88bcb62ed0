#!/usr/bin/env python3
"""Writes the tiny TorchScript files which the engine's tests load.

Run it in this folder with Debian's python3-torch: /usr/bin/python3 make_models.py
"""
from typing import Any, Dict, List, Tuple

import torch
from torch import nn, Tensor


class Identity(nn.Module):
    """Gives back its input; one file serves every datatype."""

    def forward(self, x: Tensor) -> Tensor:
        return x


class ListOutput(nn.Module):
    def forward(self, x: Tensor) -> List[Tensor]:
        return [x + 1, x + 2]


class AnyListOutput(nn.Module):
    def forward(self, x: Tensor) -> List[Any]:
        out: List[Any] = [x + 1, x + 2]
        return out


class NestedOutput(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        return x, (x + 1, x + 2)


class WrappedOutput(nn.Module):
    """A tuple around a tuple: nesting that carries no choice."""

    def forward(self, x: Tensor) -> Tuple[Tuple[Tensor, Tensor]]:
        return ((x + 1, x + 2),)


class IntKeyDict(nn.Module):
    def forward(self, x: Tensor) -> Dict[int, Tensor]:
        return {1: x}


class NestedDict(nn.Module):
    def forward(self, x: Tensor) -> Dict[str, List[Tensor]]:
        return {"y": [x]}


class CastOutput(nn.Module):
    """Gives its input back in another element type; the file name says which."""

    def __init__(self, dtype: torch.dtype):
        super().__init__()
        self.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        return x.to(self.dtype)


class ScalarOutput(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum()


class IntOutput(nn.Module):
    def forward(self, x: Tensor) -> int:
        return x.size(0)


class NoneOutput(nn.Module):
    def forward(self, x: Tensor) -> None:
        return None


class StringOutput(nn.Module):
    def forward(self, x: Tensor) -> str:
        return "text"


class OneRow(nn.Module):
    """Right for one row, wrong for a batch."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sum(0, keepdim=True)


class WrongWidth(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, :3]


class SparseOutput(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.to_sparse()


class MetaOutput(nn.Module):
    """A tensor without memory behind it."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.empty(x.size(), device="meta")


class QuantizedOutput(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.quantize_per_tensor(x, 0.1, 0, torch.quint8)


class Transposed(nn.Module):
    """An output whose rows do not lie one after the other in memory."""

    def forward(self, x: Tensor) -> Tensor:
        return x.t().contiguous().t()


class Column(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0]


class FirstValue(nn.Module):
    """One value of each row, so that large inputs cost no large outputs."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :1]


class Expanded(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, :1].expand(-1, 4)


class TwoInputs(nn.Module):
    """Two inputs of different width and type."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y.to(torch.float32)


class Empty(nn.Module):
    """As many rows as it was given, with nothing in them."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :0]


class NegativeView(nn.Module):
    """An output whose sign lies in a flag of the tensor, not in its memory."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.imag(torch.conj(torch.complex(x, x)))


class Dropout(nn.Module):
    """Saved while training: gives its input back only if it is switched to evaluation."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(x)


class Remembering(nn.Module):
    """Adds the batch before it, by keeping the input tensor itself."""

    def __init__(self):
        super().__init__()
        self.last = torch.zeros(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        total = x + self.last.sum()
        self.last = x
        return total


class InPlace(nn.Module):
    """Changes its input, values and shape, and gives it back."""

    def forward(self, x: Tensor) -> Tensor:
        return x.add_(1.0)


class LargeOnly(nn.Module):
    """Takes images of 32x32 or more, of any size."""

    def forward(self, x: Tensor) -> Tensor:
        if x.size(2) < 32:
            raise RuntimeError("too small for /opt/secret/place")
        return x.mean(dim=[1, 2, 3]).unsqueeze(1)


class Lingering(nn.Module):
    """Takes seconds whatever it is given, and then gives it back."""

    def forward(self, x: Tensor) -> Tensor:
        product = torch.ones(256, 256)
        for _ in range(2000):
            product = torch.mm(product, product) * 0.0
        return x + product[0, 0]


class WarmsBadly(nn.Module):
    """Fails on zeros, which is what a warm-up sends."""

    def forward(self, x: Tensor) -> Tensor:
        if bool((x == 0).all()):
            raise ValueError("zeros are not welcome")
        return x


class BatchRows(nn.Module):
    """Says how many rows it was run with, and adds up all it was given."""

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        rows = torch.full([x.size(0), 1], float(x.size(0)))
        return rows, x.sum().expand(x.size(0), 1)


class Greedy(nn.Module):
    """Asks for 2^50 bytes when more than four of its rows are not zero."""

    def forward(self, x: Tensor) -> Tensor:
        if int((x[:, 0] != 0).sum()) > 4:
            return x + torch.empty([1 << 48])[0]
        return x


class PretendsNoMemory(nn.Module):
    """Raises what sounds like an allocator's error, unless it is given zeros."""

    def forward(self, x: Tensor) -> Tensor:
        if bool((x != 0).any()):
            raise RuntimeError("CUDA out of memory. Tried to allocate 1 GiB")
        return x


class Quotient(nn.Module):
    """NaN for zeros, an infinity where the second of a row is zero."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :1] / x[:, 1:]


class Reshaping(nn.Module):
    """Changes the shape of the tensor it was given, after it has used it."""

    def forward(self, x: Tensor) -> Tensor:
        doubled = x * 2.0
        x.unsqueeze_(0)
        return doubled


class Transposing(nn.Module):
    """Changes the strides of the tensor it was given, and of a square not even the shape."""

    def forward(self, x: Tensor) -> Tensor:
        doubled = x * 2.0
        x.t_()
        return doubled


class Rebinding(nn.Module):
    """Makes the tensor it was given a view of other memory, after it has used it."""

    def forward(self, x: Tensor) -> Tensor:
        doubled = x * 2.0
        x.set_(torch.full(x.size(), 7.0))
        return doubled


def save(name: str, module: nn.Module, training: bool = False) -> None:
    module.train(training)
    torch.jit.script(module).save(name + ".pt")


if __name__ == "__main__":
    save("identity", Identity())
    save("list_output", ListOutput())
    save("any_list_output", AnyListOutput())
    save("nested_output", NestedOutput())
    save("wrapped_output", WrappedOutput())
    save("int_key_dict", IntKeyDict())
    save("nested_dict", NestedDict())
    for dtype in ["bfloat16", "complex64", "complex128", "int16"]:
        save("to_" + dtype, CastOutput(getattr(torch, dtype)))
    save("scalar_output", ScalarOutput())
    save("int_output", IntOutput())
    save("none_output", NoneOutput())
    save("string_output", StringOutput())
    save("one_row", OneRow())
    save("wrong_width", WrongWidth())
    save("sparse_output", SparseOutput())
    save("meta_output", MetaOutput())
    save("quantized_output", QuantizedOutput())
    save("transposed", Transposed())
    save("column", Column())
    save("first_value", FirstValue())
    save("expanded", Expanded())
    save("two_inputs", TwoInputs())
    save("empty_rows", Empty())
    save("negative_view", NegativeView())
    save("dropout_training", Dropout(), training=True)
    save("remembering", Remembering())
    save("in_place", InPlace())
    save("large_only", LargeOnly())
    save("lingering", Lingering())
    save("warms_badly", WarmsBadly())
    save("batch_rows", BatchRows())
    save("greedy", Greedy())
    save("pretends_no_memory", PretendsNoMemory())
    save("quotient", Quotient())
    save("reshaping", Reshaping())
    save("transposing", Transposing())
    save("rebinding", Rebinding())
