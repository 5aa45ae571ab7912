"""The committed rows of one partition in memory, packed where the stage asks for it.

Rows of one kind repeat each other: field names, sentences, the ids of the law. With a dictionary trained on the table's
own first rows, zstd takes a case of 6.5 KB to under 1 KB in 8 µs and back in 4 (docs/million-clocks.md). Only memory is
packed: the topic holds rows as their stage wrote them, for everybody to read, and the dictionary dies with the process.

The 8 µs are another thread's, for many rows at once and without the interpreter's lock: whoever writes a row waits for
none of it.
"""

from collections.abc import ItemsView, Iterator, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

import zstandard

SAMPLE_ROWS: Final = 500
DICTIONARY_BYTES: Final = 32 * 1024
LEVEL: Final = 1
TOGETHER: Final = 500
"""So many rows are packed at once. Twice as many may lie there unpacked: of cases 7 MB for each partition."""

_PLAIN: Final = b"\x00"  # before a row that is kept as it is; a zstd frame begins with 0x28


class PlainRows(dict[bytes, bytes]):
    """Rows as they are, at the speed of a dict: a stage reads and writes one for every record."""

    def items(self) -> ItemsView[bytes, bytes]:  # type: ignore[override]  # a dict's own type for it has no public name
        """Returns the rows of this moment, which may be read in another thread, as `Rows.items` does."""
        return dict(self).items()


_packer = ThreadPoolExecutor(1, "packing")


class _Packing(NamedTuple):
    """Rows that are being packed: what is kept of each by key, and what will be."""

    plain: dict[bytes, bytes]
    packed: "Future[Sequence[bytes]]"


class Rows(MutableMapping[bytes, bytes]):
    """Rows by key; those that come after the first SAMPLE_ROWS are packed soon after they were written.

    For one thread, but for an iterator over `items()`: it stands for the rows of the moment at which it was made, and
    may be read in another.
    """

    __slots__ = ("_compress", "_decompress", "_dictionary", "_kept", "_loose", "_packing", "_sample")

    def __init__(self) -> None:
        self._kept: dict[bytes, bytes] = {}
        self._loose: dict[bytes, bytes] = {}  # what is to be packed next: the same objects that are kept
        self._packing: _Packing | None = None
        self._sample: list[bytes] | None = []
        self._dictionary: zstandard.ZstdCompressionDict | None = None
        self._compress: zstandard.ZstdCompressor | None = None
        self._decompress: zstandard.ZstdDecompressor | None = None

    def __getitem__(self, key: bytes) -> bytes:
        return _plain(self._kept[key], self._decompress)

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._kept[key] = kept = _PLAIN + value
        if self._compress is not None:
            self._loose[key] = kept
            if len(self._loose) >= TOGETHER:
                self._pack(self._compress)
        elif self._sample is not None:
            self._sample.append(value)
            if len(self._sample) == SAMPLE_ROWS:
                self._learn(self._sample)
                self._sample = None

    def __delitem__(self, key: bytes) -> None:
        del self._kept[key]
        self._loose.pop(key, None)

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

    def _pack(self, compress: zstandard.ZstdCompressor) -> None:
        """Has the loose rows packed, and keeps those before them as they were packed; waits until they are."""
        if self._packing is not None:
            plain, packed = self._packing
            for (key, one), smaller in zip(plain.items(), packed.result(), strict=True):
                if self._kept.get(key) is one:  # not written anew since, and not deleted
                    self._kept[key] = smaller
        loose, self._loose = self._loose, {}
        self._packing = _Packing(loose, _packer.submit(_packed, compress, list(loose.values())))

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


def _packed(compress: zstandard.ZstdCompressor, rows: Sequence[bytes]) -> Sequence[bytes]:
    buffer = compress.multi_compress_to_buffer([memoryview(row)[1:] for row in rows])
    return [buffer[number].tobytes() for number in range(len(buffer))]  # copies: the buffer would live as long as any


def _plain(kept: bytes, decompress: zstandard.ZstdDecompressor | None) -> bytes:
    if decompress is None or kept.startswith(_PLAIN):
        return kept[1:]
    return decompress.decompress(kept)
