"""Tell a TGA by its content: the newer form by its footer, the older one by a header that fits."""

import struct

_FOOTER = b"TRUEVISION-XFILE.\0"
_HEADER = struct.Struct("<BBBHHBHHHHBB")
_MAPPED, _PACKED = {1, 9}, {9, 10, 11}
_BITS = {1: {8, 16}, 2: {15, 16, 24, 32}, 3: {8, 16}}
_MAP_BITS = {15, 16, 24, 32}
_RESERVED, _ALPHA_BITS, _MOST_ALPHA_BITS = 0xC0, 0x0F, 8


def is_tga(data: bytes, size: int) -> bool:
    """Whether a file is a TGA, as far as its bytes tell.

    Truevision TGA File Format Specification 2.0, tables 1 to 3. Nothing marks the older form, so
    every field of its 18 bytes must be one that the format allows, and the pixels must be there.

    Args:
        data: The whole file, or its beginning.
        size: Bytes of the whole file.
    """
    if data.endswith(_FOOTER):
        return True
    if len(data) <= _HEADER.size:
        return False
    fields = _HEADER.unpack_from(data)
    id_length, map_kind, kind, _, map_length, map_bits, _, _, width, height, bits, flags = fields
    packed = kind in _PACKED
    mapped = kind in _MAPPED
    map_fits = (map_length > 0 and map_bits in _MAP_BITS) if mapped else map_length == map_bits == 0
    fits = (
        map_kind == mapped
        and map_fits
        and bits in _BITS.get(kind - 8 if packed else kind, ())
        and width * height > 0
        and not flags & _RESERVED
        and flags & _ALPHA_BITS <= _MOST_ALPHA_BITS
    )
    start = _HEADER.size + id_length + map_length * (-(-map_bits // 8))
    pixels = 1 if packed else width * height * (-(-bits // 8))
    return bool(fits and size >= start + pixels)
