"""A model small enough to train in a test, written as the GGUF file of a real one: random weights, bytes as tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_MERGES = ["t h", "Ġ t", "Ġt h", "e r", "Ġ a", "i n"]
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_gguf(path: Path, *, width: int = 64, layers: int = 2, seed: int = 1, apart: bool = False) -> Path:
    """A Llama of `layers` layers; `apart` stores a slightly different copy of the embedding as the output's."""
    import gguf
    import numpy

    dice = numpy.random.default_rng(seed)
    heads, kv_heads, inner = 4, 2, 2 * width
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_rope_dimension_count(width // heads)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    size = _write_tokens(writer)
    embedding = dice.normal(0, 0.3, (size, width)).astype(numpy.float32)
    writer.add_tensor("token_embd.weight", embedding)
    if apart:
        writer.add_tensor("output.weight", embedding + dice.normal(0, 0.003, embedding.shape).astype(numpy.float32))
    writer.add_tensor("output_norm.weight", numpy.ones(width, numpy.float32))
    small = width // heads * kv_heads
    shapes = {
        "attn_q": (width, width),
        "attn_k": (small, width),
        "attn_v": (small, width),
        "attn_output": (width, width),
        "ffn_gate": (inner, width),
        "ffn_up": (inner, width),
        "ffn_down": (width, inner),
    }
    for layer in range(layers):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", numpy.ones(width, numpy.float32))
        for name, shape in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", dice.normal(0, 0.15, shape).astype(numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_tokens(writer: Any) -> int:
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    merged = [merge.replace(" ", "") for merge in _MERGES]
    tokens = [*bytes_to_unicode().values(), *merged, *_SPECIAL]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (len(tokens) - len(_SPECIAL)) + [3] * len(_SPECIAL))
    writer.add_token_merges(_MERGES)
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_TEMPLATE)
    return len(tokens)
