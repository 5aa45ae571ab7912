"""The committed rows of one partition in memory, packed where the stage asks for it.

Rows of one kind repeat each other: field names, sentences, the ids of the law. With a dictionary trained on the table's
own first rows, zstd takes a case of 6.5 KB to under 1 KB in 8 µs and back in 4 (docs/million-clocks.md). Only memory is
packed: the topic holds rows as their stage wrote them, for everybody to read, and the dictionary dies with the process.
"""

from collections.abc import ItemsView, Iterator, MutableMapping
from typing import TYPE_CHECKING, Final

import zstandard

if TYPE_CHECKING:
    from _collections_abc import dict_items

SAMPLE_ROWS: Final = 500
DICTIONARY_BYTES: Final = 32 * 1024
LEVEL: Final = 1
_PLAIN: Final = b"\x00"  # before a row that is kept as it is; a zstd frame begins with 0x28


class PlainRows(dict[bytes, bytes]):
    """Rows as they are, at the speed of a dict: a stage reads and writes one for every record."""

    def items(self) -> "dict_items[bytes, bytes]":
        """Returns the rows of this moment, which may be read in another thread, as `Rows.items` does."""
        return dict(self).items()


class Rows(MutableMapping[bytes, bytes]):
    """Rows by key; those that come after the first SAMPLE_ROWS are kept compressed.

    For one thread, but for an iterator over `items()`: it stands for the rows of the moment at which it was made, and
    may be read in another.
    """

    __slots__ = ("_compress", "_decompress", "_dictionary", "_kept", "_sample")

    def __init__(self) -> None:
        self._kept: dict[bytes, bytes] = {}
        self._sample: list[bytes] | None = []
        self._dictionary: zstandard.ZstdCompressionDict | None = None
        self._compress: zstandard.ZstdCompressor | None = None
        self._decompress: zstandard.ZstdDecompressor | None = None

    def __getitem__(self, key: bytes) -> bytes:
        return _plain(self._kept[key], self._decompress)

    def __setitem__(self, key: bytes, value: bytes) -> None:
        if self._compress is not None:
            # A copy: the packed row lies at the beginning of a buffer as large as the row, whose rest nobody could use
            self._kept[key] = bytes(memoryview(self._compress.compress(value)))
            return
        self._kept[key] = _PLAIN + value
        if self._sample is not None:
            self._sample.append(value)
            if len(self._sample) == SAMPLE_ROWS:
                self._learn(self._sample)
                self._sample = None

    def __delitem__(self, key: bytes) -> None:
        del self._kept[key]

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def items(self) -> ItemsView[bytes, bytes]:
        """Returns the rows; each iterator over them is a picture of its moment."""
        return _Items(self)

    def picture(self) -> Iterator[tuple[bytes, bytes]]:
        """Returns an iterator over the rows as they are now, unpacked one by one by whoever reads it."""
        kept = list(self._kept.items())
        decompress = None if self._dictionary is None else zstandard.ZstdDecompressor(dict_data=self._dictionary)
        return ((key, _plain(value, decompress)) for key, value in kept)

    def _learn(self, sample: list[bytes]) -> None:
        """Trains the dictionary; rows too small or too unlike each other to learn from stay as they are."""
        try:
            dictionary = zstandard.train_dictionary(DICTIONARY_BYTES, [*sample])
        except zstandard.ZstdError:
            return
        dictionary.precompute_compress(level=LEVEL)
        self._dictionary = dictionary
        self._compress = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary)
        self._decompress = zstandard.ZstdDecompressor(dict_data=dictionary)


class _Items(ItemsView[bytes, bytes]):
    __slots__ = ()

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self._mapping: Rows = rows

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return self._mapping.picture()


def _plain(kept: bytes, decompress: zstandard.ZstdDecompressor | None) -> bytes:
    if decompress is None or kept.startswith(_PLAIN):
        return kept[1:]
    return decompress.decompress(kept)
